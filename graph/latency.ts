/** The latency sum: how long a change takes from each node to the output of the patch. Pure. */
import type { CompiledPatch } from './compile.js';

export interface LatencySum {
  /** Frames along the slowest path from anywhere to the output. */
  readonly totalFrames: number;
  /** By node id: frames from the node's inputs and params to the output, along the slowest path. Nodes that do not reach the output are absent. */
  readonly toOutput: ReadonlyMap<string, number>;
}

/** `nodeFrames[i]` is the own latency of `compiled.nodes[i]`. Audio, conditioning, event and modulation edges count alike. */
export function latencySum(compiled: CompiledPatch, nodeFrames: readonly number[]): LatencySum {
  const { nodes, output } = compiled;
  /** Frames from a node's outputs to the output of the patch; -1 where there is no path. */
  const after = new Array<number>(nodes.length).fill(-1);
  after[output.node] = 0;
  for (let i = nodes.length - 1; i >= 0; i--) {
    if (after[i]! < 0) continue;
    const through = after[i]! + nodeFrames[i]!;
    for (const { source } of [...nodes[i]!.inputs, ...nodes[i]!.modulations]) {
      if (source !== undefined) after[source.node] = Math.max(after[source.node]!, through);
    }
  }
  const toOutput = new Map<string, number>();
  for (const [i, { id }] of nodes.entries()) {
    if (after[i]! >= 0) toOutput.set(id, after[i]! + nodeFrames[i]!);
  }
  return { totalFrames: Math.max(0, ...toOutput.values()), toOutput };
}
