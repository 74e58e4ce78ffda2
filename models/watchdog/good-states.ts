import type { Voice } from '../stepper.js';

/** States that are kept, and one more: what is written over is not in use, so that a rollback over that moment still finds all. */
const NUM_SLOTS = 10 + 1;
/** Windows between two of them, and after which one that nothing was objected to since then counts as good. */
const KEEP_WINDOWS = 16;
const TRUST_WINDOWS = 32;
/** A voice that runs away again so soon has brought the fault with it. */
const RELAPSE_WINDOWS = 160;

/**
 * The last good states of a voice, one about each second for ten seconds, and its initial one as the last resort. Time
 * is counted in windows since the voice began. models/native/stream/good_states.h is its twin. Allocates once.
 */
export class GoodStates {
  private readonly voice: Voice;
  private readonly windowFrames: number;
  private readonly initial: Uint8Array;
  private readonly slots: readonly Uint8Array[];
  /** When the state in a slot was taken. */
  private readonly takenAt = new Float64Array(NUM_SLOTS);
  /** The slots in use are the `count` up to `newest`. */
  private newest = 0;
  private count = 0;
  /** States taken up to here are good. */
  private goodUntil = -1;
  private lastKept = 0;
  /** When it last went back, and to what: -1 for the initial state. */
  private wentBackAt = Number.NEGATIVE_INFINITY;
  private wentBackTo = -1;

  /** `voice` is in its initial state. */
  constructor(voice: Voice, windowFrames: number) {
    this.voice = voice;
    this.windowFrames = windowFrames;
    this.initial = new Uint8Array(voice.snapshotBytes);
    this.slots = Array.from({ length: NUM_SLOTS }, () => new Uint8Array(voice.snapshotBytes));
    this.restart();
  }

  /** The voice is in its initial state again, with whatever seed. */
  restart(): void {
    this.voice.snapshot(this.initial);
    this.count = 0;
    this.goodUntil = -1;
    this.lastKept = 0;
    this.wentBackAt = Number.NEGATIVE_INFINITY;
    this.wentBackTo = -1;
  }

  /** At the end of window number `now` - 1 nothing was wrong for `calmWindows`. */
  calm(now: number, calmWindows: number): void {
    if (calmWindows >= TRUST_WINDOWS) this.goodUntil = now - TRUST_WINDOWS;
    if (calmWindows === 0 || now - this.lastKept < KEEP_WINDOWS) return;
    this.lastKept = now;
    this.newest = (this.newest + 1) % NUM_SLOTS;
    this.count = Math.min(this.count + 1, NUM_SLOTS - 1);
    this.takenAt[this.newest] = now;
    this.voice.snapshot(this.slots[this.newest]!);
  }

  /**
   * The voice goes on at `now` from its last good state; soon after the last time from one well before that, and in the
   * end from the initial one. Nothing is kept that led here, nor anything for a while.
   */
  goBack(now: number): void {
    this.forgetAfter(this.goodUntil);
    if (now - this.wentBackAt < RELAPSE_WINDOWS) {
      this.forgetAfter(this.wentBackTo - 1);
      const half = Math.ceil(this.count / 2);
      while (this.count > half) this.forgetNewest();
    }
    const isInitial = this.count === 0;
    this.wentBackAt = now;
    this.wentBackTo = isInitial ? -1 : this.takenAt[this.newest]!;
    this.lastKept = now;
    this.voice.restore(isInitial ? this.initial : this.slots[this.newest]!, now * this.windowFrames);
  }

  /** Keeps what the other, of a voice of the same stepper, does. */
  copyFrom(other: GoodStates): void {
    this.initial.set(other.initial);
    this.slots.forEach((slot, i) => {
      slot.set(other.slots[i]!);
    });
    this.takenAt.set(other.takenAt);
    this.newest = other.newest;
    this.count = other.count;
    this.goodUntil = other.goodUntil;
    this.lastKept = other.lastKept;
    this.wentBackAt = other.wentBackAt;
    this.wentBackTo = other.wentBackTo;
  }

  private forgetAfter(window: number): void {
    while (this.count > 0 && this.takenAt[this.newest]! > window) this.forgetNewest();
  }

  private forgetNewest(): void {
    this.newest = (this.newest + NUM_SLOTS - 1) % NUM_SLOTS;
    this.count--;
  }
}
