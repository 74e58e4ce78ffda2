/**
 * Whether one engine lives, judged by what its supervisor hears: lines of its main thread, about ten a second, and the pulse that
 * its OSC worker gives of the sound (osc/pulse.ts). Counts looks, as StallWatch does, and is to look ten times a second.
 */
import { StallWatch } from './stall-watch.js';

/** A minute: the sound is worth more than the control, but not for ever. */
const deafLooks = 600;

export type LifeSign =
  | 'well'
  /** The sound goes on, and the main thread has said nothing for five seconds. */
  | 'late'
  /** The main thread has said nothing for a minute, or the OSC worker has not: nobody can steer it any more. */
  | 'deaf'
  /** For five seconds there was neither a word of the main thread nor sound. */
  | 'dead';

export class LifeWatch {
  private lines = 0;
  private pulses = 0;
  private frame = -1;
  private signs = 0;
  /** Of `signs`, those that came before the main thread was late: only a later one says that there is sound still. */
  private signsBefore = 0;
  private readonly late = new StallWatch();
  private readonly deaf = new StallWatch(deafLooks);
  private readonly oscDeaf = new StallWatch(deafLooks);
  private readonly dead = new StallWatch();

  /** The main thread has spoken. It watches the sound itself, and says so when there is none. */
  heardLine(): void {
    this.lines++;
    this.signs++;
  }

  /** A pulse came. `frame`: how far the sound was. One that stands still is no sign of life. */
  heardPulse(frame: number): void {
    this.pulses++;
    if (frame !== this.frame) this.signs++;
    this.frame = frame;
  }

  look(): LifeSign {
    const isLate = this.late.hasStalled(this.lines);
    const isDeaf = this.deaf.hasStalled(this.lines);
    const isOscDeaf = this.oscDeaf.hasStalled(this.pulses) && this.pulses > 0;
    if (this.dead.hasStalled(this.signs)) return 'dead';
    if (isDeaf || isOscDeaf) return 'deaf';
    if (!isLate) this.signsBefore = this.signs;
    return this.signs > this.signsBefore ? 'late' : 'well';
  }
}
