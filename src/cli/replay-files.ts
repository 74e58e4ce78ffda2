/** The files that a replay writes: each appears only when it is whole. */
import { existsSync, mkdirSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { SampleFormat } from '../../nodes/index.js';
import type { Engine } from '../engine/engine.js';
import { provenanceOf } from '../engine/provenance.js';
import { ConvertedWav, Stems, type Take } from '../takes/index.js';
import { CliError } from './errors.js';

export interface ReplayFilesRequest {
  /** A WAV file. */
  readonly out?: string;
  /** A folder that is not there yet. */
  readonly stems?: string;
  readonly bitDepth: SampleFormat;
  /** Hz; that of the take when left out. */
  readonly sampleRate?: number;
}

export class ReplayFiles {
  private mix: ConvertedWav | undefined;
  private stems: Stems | undefined;

  constructor(
    private readonly take: Take,
    private readonly request: ReplayFilesRequest,
  ) {}

  /** Throws a coded error when a file cannot be made. */
  open(): void {
    const { out, stems, bitDepth, sampleRate } = this.request;
    const { header } = this.take;
    if (stems !== undefined && existsSync(stems)) {
      throw new CliError('CLI_USAGE', `${stems} is there already; expected a new folder for --stems.`);
    }
    const sound = {
      fromRate: header.sampleRate,
      sampleRate: sampleRate ?? header.sampleRate,
      sampleFormat: bitDepth,
    };
    if (out !== undefined) {
      this.mix = new ConvertedWav({
        ...sound,
        path: partial(out),
        channels: header.channels,
        comment: provenanceOf(header.patch, header.presetName, header.seed),
      });
    }
    if (stems === undefined) return;
    mkdirSync(partial(stems), { recursive: true });
    this.stems = new Stems({ ...sound, folder: partial(stems) });
  }

  /** After each tick. Throws when the disk refuses. */
  add(engine: Engine, numFrames: number): void {
    this.mix?.add(engine.output, numFrames);
    this.stems?.add(engine.playing, engine.facts().presetName, engine.frame, numFrames);
  }

  /** All of it was heard. */
  async keep(): Promise<void> {
    await this.mix?.close();
    await this.stems?.close();
    const { out, stems } = this.request;
    if (this.mix !== undefined) await rename(partial(out!), out!);
    if (this.stems !== undefined) await rename(partial(stems!), stems!);
  }

  /** Leaves nothing behind. Never rejects. */
  async drop(): Promise<void> {
    await this.mix?.close().catch(() => undefined);
    await this.stems?.close().catch(() => undefined);
    for (const path of [this.request.out, this.request.stems]) {
      if (path !== undefined)
        await rm(partial(path), { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

function partial(path: string): string {
  return `${path}.${process.pid}.part`;
}
