/** Keeps a take of a live engine: its log as it comes, and all of its sound. Control side. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Patch } from '../../graph/index.js';
import { WavWriter } from '../../nodes/index.js';
import { describeError } from '../engine/errors.js';
import { provenanceOf } from '../engine/provenance.js';
import { audioFile, bundlesOf, headerFile, type TakeEntry, TakeError, TakeWriter } from '../takes/index.js';
import type { PlayEventKind, PlayOptions } from './play-options.js';
import type { TapRing } from './tap-ring.js';

/** How often the ring is emptied, and how much at once. */
const drainMs = 100;
const drainFrames = 4096;

/** What played at the start. */
export interface TakeSession {
  readonly folder: string;
  readonly options: PlayOptions;
  readonly patch: Patch;
  readonly presetName: string;
  readonly masterGainDb: number;
  readonly muted: boolean;
}

/** An engine that was started again keeps a take of its own. Throws `TAKE_FILE` when there is one already. */
export function takeFolderOf(folder: string, restarts: number): string {
  const own = restarts === 0 ? folder : `${folder}-${restarts + 1}`;
  if (!existsSync(join(own, headerFile))) return own;
  throw new TakeError('TAKE_FILE', `${own} holds a take already; expected a new folder.`);
}

export class TakeRecorder {
  private readonly block: { readonly channels: readonly Float32Array[] };
  private log: TakeWriter | undefined;
  private audio: WavWriter | undefined;
  private timer: NodeJS.Timeout | undefined;
  private early: TakeEntry[] = [];
  private hasFailed = false;

  constructor(
    private readonly session: TakeSession,
    private readonly ring: TapRing,
    private readonly tell: (event: PlayEventKind, message: string, code?: string) => void,
  ) {
    this.block = { channels: Array.from({ length: ring.channels }, () => new Float32Array(drainFrames)) };
  }

  /** It plays, with this stepper. */
  begin(stepper: string): void {
    const { folder, options, patch, presetName, masterGainDb, muted } = this.session;
    const { lookAheadMs, seed, sampleRate, blockFrames, channels, plugins } = options;
    this.trying(() => {
      this.log = new TakeWriter(folder, {
        presetName,
        patch,
        seed,
        sampleRate,
        blockFrames,
        channels,
        lookAheadMs,
        stepper,
        masterGainDb,
        muted,
        bundles: bundlesOf(patch),
        plugins,
      });
      this.audio = WavWriter.open({
        path: join(folder, audioFile),
        info: { software: 'sashimi-live', comment: provenanceOf(patch, presetName, seed) },
        seed: 0,
        mode: 'offline',
      });
      this.audio.begin({ sampleRate, channels, sampleFormat: '32f' });
      this.timer = setInterval(() => this.drain(), drainMs);
      this.tell('take', `Keeps a take in ${folder}.`);
      this.add([]);
    });
  }

  add(entries: readonly TakeEntry[]): void {
    if (this.hasFailed) return;
    if (this.log === undefined) {
      this.early.push(...entries);
      return;
    }
    this.trying(() => {
      this.log?.add([...this.early, ...entries]);
      this.early = [];
      this.log?.flush();
    });
  }

  /** After the audio worker has closed: the last of everything is there. */
  async close(): Promise<void> {
    this.drain();
    clearInterval(this.timer);
    const { log, audio } = this;
    this.log = undefined;
    this.audio = undefined;
    this.trying(() => log?.close());
    await audio?.close().catch((error: unknown) => this.fail(error));
  }

  private drain(): void {
    const { audio, ring, block } = this;
    if (audio === undefined) return;
    this.trying(() => {
      for (let n = ring.read(block, drainFrames); n > 0; n = ring.read(block, drainFrames)) {
        audio.write(block, n);
        if (audio.failure !== undefined) throw audio.failure;
      }
    });
  }

  private trying(work: () => void): void {
    if (this.hasFailed) return;
    try {
      work();
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    if (this.hasFailed) return;
    this.hasFailed = true;
    clearInterval(this.timer);
    const { code, message } = describeError(error, 'TAKE_FILE');
    this.tell('warning', `The take has ended, the sound goes on: ${message}`, code);
  }
}
