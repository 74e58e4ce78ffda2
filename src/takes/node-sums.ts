/**
 * A running sum over the samples of every audio output of a patch, so that a take can tell which node was the first to
 * sound different. 32 bits for each channel, the same however the sound is cut into ticks.
 */
import type { GraphRun, PreparedGraph } from '../../graph/index.js';

/** Node and sum, in the order in which the nodes run. */
export type NodeSumList = readonly (readonly [nodeId: string, sum: number])[];

/** FNV-1a's. */
const prime = 0x01000193;
/** Full scale as a whole number: smaller differences than 2^-30 are not seen. */
const scale = 2 ** 30;

export class NodeSums {
  /** What its outputs are those of: an edit changes them within a run. */
  private graph: PreparedGraph | undefined;
  private outputs: ReturnType<GraphRun['audioOutputs']> = [];
  private sums = new Int32Array(0);

  /** After each tick of `run`. Allocates only when that is another one, or edited: its sums begin anew. */
  add(run: GraphRun | undefined, numFrames: number): void {
    if (run === undefined) return;
    if (run.prepared !== this.graph) this.follow(run);
    let place = 0;
    for (let k = 0; k < this.outputs.length; k++) {
      const { channels } = this.outputs[k]!.block();
      for (let c = 0; c < channels.length; c++, place++) {
        const samples = channels[c]!;
        let sum = this.sums[place]!;
        for (let i = 0; i < numFrames; i++) sum = Math.imul(sum ^ (samples[i]! * scale), prime);
        this.sums[place] = sum;
      }
    }
  }

  /** Of what was added since the run began. Allocates. */
  list(): NodeSumList {
    const list: [string, number][] = [];
    let place = 0;
    for (const { nodeId, channels } of this.outputs) {
      let entry = list.at(-1);
      if (entry?.[0] !== nodeId) {
        entry = [nodeId, 0];
        list.push(entry);
      }
      for (let c = 0; c < channels; c++, place++) {
        entry[1] = (Math.imul(entry[1] ^ this.sums[place]!, prime) >>> 0) | 0;
      }
    }
    return list;
  }

  private follow(run: GraphRun): void {
    this.graph = run.prepared;
    this.outputs = run.audioOutputs();
    this.sums = new Int32Array(this.outputs.reduce((sum, { channels }) => sum + channels, 0));
  }
}
