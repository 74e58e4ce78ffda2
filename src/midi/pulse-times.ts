/**
 * When the pulses of a MIDI clock are due: counted in engine frames, so that they stay with the sound however long it plays.
 * Knows no threads and no driver.
 */
import type { ClockReading } from '../osc/clock-page.js';

export const PULSES_PER_BEAT = 24;
/** Between start and its first pulse: a machine needs a moment to get ready. */
const LEAD_MS = 2;
/** A pulse further off than this belongs to a clock that has jumped, or to a machine that stood still. */
const LOST_MS = 500;

export class PulseTimes {
  private nextFrame: number | undefined;
  private nextMs = 0;
  private tempoBpm = 120;

  /** `read` fills the reading; false while the audio clock does not run: then the machine's own clock counts. */
  constructor(
    private readonly sampleRate: number,
    private readonly read: (reading: ClockReading) => boolean,
    private readonly reading: ClockReading = { frame: 0, timeMs: 0, framesPerMs: 0, publications: 0 },
  ) {}

  /** From the next pulse on. */
  setTempo(tempoBpm: number): void {
    this.tempoBpm = tempoBpm;
  }

  /** The first pulse falls a moment from now. */
  begin(nowMs: number): void {
    this.nextMs = nowMs + LEAD_MS;
    this.nextFrame = undefined;
  }

  /** When the next pulse is due, in ms of the monotonic clock; after a jump it is due at once. */
  dueMs(nowMs: number): number {
    if (this.read(this.reading)) {
      const { frame, timeMs, framesPerMs } = this.reading;
      this.nextFrame ??= frame + (this.nextMs - timeMs) * framesPerMs;
      const dueMs = timeMs + (this.nextFrame - frame) / framesPerMs;
      if (Math.abs(dueMs - nowMs) <= LOST_MS) {
        this.nextMs = dueMs;
        return dueMs;
      }
      this.nextFrame = undefined;
    } else this.nextFrame = undefined;
    if (Math.abs(this.nextMs - nowMs) > LOST_MS) this.nextMs = nowMs;
    return this.nextMs;
  }

  /** It has been sent. */
  advance(): void {
    const seconds = 60 / (this.tempoBpm * PULSES_PER_BEAT);
    this.nextMs += seconds * 1000;
    if (this.nextFrame !== undefined) this.nextFrame += seconds * this.sampleRate;
  }
}
