/**
 * Keeps the last minutes of what plays as WAV segments that are written in turn: when the last one
 * is full the oldest is written anew, so the folder never grows beyond `recordingLimits`.
 */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { WavWriter } from '../../nodes/index.js';
import type { TapRing } from './tap-ring.js';

/** Six minutes; at 48 kHz stereo, 24 bit, 104 MB. */
export const recordingLimits = { segments: 6, segmentSeconds: 60 } as const;

/** How often the ring is emptied, and how much at once. */
const drainMs = 200;
const drainFrames = 4096;

export interface RecorderOptions {
  readonly folder: string;
  /** Sets the files of engines that run side by side apart. */
  readonly oscPort: number;
  /** Hz. */
  readonly sampleRate: number;
  /** What made the sound: goes into the files. */
  readonly comment: string;
  /** Called once when a file cannot be written; recording has ended then, the sound goes on. */
  readonly failed: (error: unknown) => void;
}

/** Runs on the control side; the audio thread only fills the ring. */
export class Recorder {
  private readonly block: { readonly channels: readonly Float32Array[] };
  private readonly timer: NodeJS.Timeout;
  private writer: WavWriter | undefined;
  private segment: number;
  private closing: Promise<unknown> = Promise.resolve();

  /** Throws the system's error when the folder cannot be made. */
  constructor(
    private readonly ring: TapRing,
    private readonly options: RecorderOptions,
  ) {
    mkdirSync(options.folder, { recursive: true });
    this.block = { channels: Array.from({ length: ring.channels }, () => new Float32Array(drainFrames)) };
    this.segment = this.nextSegment();
    this.timer = setInterval(() => this.drain(), drainMs);
  }

  /** All segments, for a person to read. */
  get pattern(): string {
    return join(this.options.folder, `last-minutes-${this.options.oscPort}-*.wav`);
  }

  /** Writes what is left and closes the file. */
  async close(): Promise<void> {
    this.drain();
    clearInterval(this.timer);
    this.finishSegment();
    await this.closing;
  }

  private drain(): void {
    try {
      for (let n = this.read(); n > 0; n = this.read()) this.append(n);
    } catch (error) {
      this.fail(error);
    }
  }

  private read(): number {
    return this.ring.read(this.block, drainFrames);
  }

  private append(numFrames: number): void {
    const { sampleRate } = this.options;
    this.writer ??= this.openSegment();
    this.writer.write(this.block, numFrames);
    if (this.writer.failure !== undefined) throw this.writer.failure;
    if (this.writer.frames < recordingLimits.segmentSeconds * sampleRate) return;
    this.finishSegment();
    this.segment = (this.segment % recordingLimits.segments) + 1;
  }

  private openSegment(): WavWriter {
    const { sampleRate, comment } = this.options;
    const path = this.path(this.segment);
    const writer = WavWriter.open({
      path,
      info: { software: 'sashimi-live', comment },
      seed: 0,
      mode: 'offline',
    });
    writer.begin({ sampleRate, channels: this.ring.channels, sampleFormat: '24' });
    return writer;
  }

  private finishSegment(): void {
    const closed = this.writer?.close().catch((error: unknown) => this.fail(error));
    this.closing = Promise.all([this.closing, closed]);
    this.writer = undefined;
  }

  private fail(error: unknown): void {
    clearInterval(this.timer);
    this.options.failed(error);
  }

  private path(segment: number): string {
    return join(this.options.folder, `last-minutes-${this.options.oscPort}-${segment}.wav`);
  }

  /** The first that is not there yet, or else the oldest. */
  private nextSegment(): number {
    let next = 1;
    let oldestMs = Number.POSITIVE_INFINITY;
    for (let segment = 1; segment <= recordingLimits.segments; segment++) {
      const path = this.path(segment);
      if (!existsSync(path)) return segment;
      const { mtimeMs } = statSync(path);
      if (mtimeMs >= oldestMs) continue;
      next = segment;
      oldestMs = mtimeMs;
    }
    return next;
  }
}
