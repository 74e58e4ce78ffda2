/** Keeps a take of a live engine: its log as it comes, and all of its sound. Control side. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Patch } from '../../graph/index.js';
import { describeError } from '../engine/errors.js';
import { provenanceOf } from '../engine/provenance.js';
import {
  audioFile,
  headerFile,
  stateFile,
  TakeBundles,
  type TakeEntry,
  TakeError,
  TakeWriter,
} from '../takes/index.js';
import type { PlayEventKind, PlayOptions } from './play-options.js';
import { TakeTrack } from './take-track.js';
import { TapRing } from './tap-ring.js';

/** How often the rings are emptied. */
const drainMs = 100;
/** Of every input. */
const inputChannels = 2;

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
  private log: TakeWriter | undefined;
  private readonly bundles = new TakeBundles();
  private readonly tracks: TakeTrack[] = [];
  private timer: NodeJS.Timeout | undefined;
  private early: TakeEntry[] = [];
  private readonly earlyInputs: (readonly [file: string, ring: TapRing])[] = [];
  private hasFailed = false;

  constructor(
    private readonly session: TakeSession,
    private readonly ring: TapRing,
    private readonly tell: (event: PlayEventKind, message: string, code?: string) => void,
  ) {}

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
        bundles: this.bundles.newOf(patch),
        plugins,
      });
      this.keep(audioFile, this.ring);
      for (const [file, ring] of this.earlyInputs) this.keep(file, ring);
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
      this.log?.add(this.bundles.tell([...this.early, ...entries]));
      this.early = [];
      this.log?.flush();
    });
  }

  /** A node will hear an input. `file`: from the folder of the take. */
  addInput(file: string, memory: SharedArrayBuffer): void {
    const ring = new TapRing(memory, inputChannels);
    if (this.log === undefined) this.earlyInputs.push([file, ring]);
    else this.trying(() => this.keep(file, ring));
  }

  /** A node has loaded a state. */
  addState(load: number, state: Uint8Array): void {
    this.trying(() => {
      const path = join(this.session.folder, stateFile(load));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, state);
    });
  }

  /** After the audio worker has closed: the last of everything is there. */
  async close(): Promise<void> {
    this.drain();
    clearInterval(this.timer);
    const { log } = this;
    this.log = undefined;
    this.trying(() => log?.close());
    for (const track of this.tracks) await track.close().catch((error: unknown) => this.fail(error));
  }

  private keep(file: string, ring: TapRing): void {
    const { folder, options, patch, presetName } = this.session;
    const comment = provenanceOf(patch, presetName, options.seed);
    this.tracks.push(new TakeTrack(ring, join(folder, file), options.sampleRate, comment));
  }

  private drain(): void {
    this.trying(() => {
      for (const track of this.tracks) track.drain();
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
