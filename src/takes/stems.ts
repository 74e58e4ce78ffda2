/** Every audio output of every node in a file of its own, for each patch that a take plays. Off the audio path. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GraphRun, PreparedGraph } from '../../graph/index.js';
import type { SampleFormat } from '../../nodes/index.js';
import { ConvertedWav } from './converted-wav.js';

export interface StemsOptions {
  /** A folder that is there. */
  readonly folder: string;
  /** Hz, of the engine. */
  readonly fromRate: number;
  /** Hz, of the files. */
  readonly sampleRate: number;
  readonly sampleFormat: SampleFormat;
}

/** A patch, from its first frame on. `stems.json` holds the list of them. */
export interface StemGroup {
  readonly folder: string;
  readonly presetName: string;
  /** Frame of the engine at which all of its files begin. */
  readonly firstFrame: number;
  readonly files: readonly {
    readonly file: string;
    readonly nodeId: string;
    readonly port: string;
    readonly channels: number;
  }[];
}

interface Stem {
  readonly output: ReturnType<GraphRun['audioOutputs']>[number];
  readonly wav: ConvertedWav;
}

export class Stems {
  /** What its outputs are those of: an edit changes them within a run. */
  private graph: PreparedGraph | undefined;
  private stems: readonly Stem[] = [];
  private readonly groups: StemGroup[] = [];
  private readonly closing: Promise<void>[] = [];

  constructor(private readonly options: StemsOptions) {}

  /** After each tick of `run`, which began at `frame`. */
  add(run: GraphRun | undefined, presetName: string, frame: number, numFrames: number): void {
    if (run?.prepared !== this.graph) this.follow(run, presetName, frame);
    for (const { output, wav } of this.stems) wav.add(output.block(), numFrames);
  }

  /** Writes the list, too. */
  async close(): Promise<void> {
    this.endGroup();
    await Promise.all(this.closing);
    const { folder, sampleRate, fromRate } = this.options;
    const list = { engineRate: fromRate, sampleRate, patches: this.groups };
    writeFileSync(join(folder, 'stems.json'), `${JSON.stringify(list, null, 2)}\n`);
  }

  private follow(run: GraphRun | undefined, presetName: string, firstFrame: number): void {
    this.endGroup();
    this.graph = run?.prepared;
    if (run === undefined) return;
    const { folder, fromRate, sampleRate, sampleFormat } = this.options;
    const group = `${this.groups.length + 1}-${presetName.replaceAll(/[^A-Za-z0-9_-]/g, '-')}`;
    mkdirSync(join(folder, group));
    const files: StemGroup['files'][number][] = [];
    this.stems = run.audioOutputs().map((output) => {
      const { nodeId, port, channels } = output;
      const file = `${nodeId}.${port}.wav`;
      files.push({ file, nodeId, port, channels });
      const path = join(folder, group, file);
      const comment = `${presetName}: ${nodeId}.${port}, from frame ${firstFrame} on`;
      return {
        output,
        wav: new ConvertedWav({ path, channels, fromRate, sampleRate, sampleFormat, comment }),
      };
    });
    this.groups.push({ folder: group, presetName, firstFrame, files });
  }

  private endGroup(): void {
    for (const { wav } of this.stems) {
      const closed = wav.close();
      // What fails is told by `close`.
      closed.catch(() => undefined);
      this.closing.push(closed);
    }
    this.stems = [];
  }
}
