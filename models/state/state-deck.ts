import type { Voice } from '../stepper.js';
import { MirrorFade } from '../watchdog/mirror-fade.js';
import { ALL_TIERS, mixStates, StateMemory, type TierMask } from './mix-states.js';
import type { SnapshotLayout } from './snapshot-layout.js';
import {
  copyCommand,
  MAX_STATE_COMMANDS,
  NUM_STATE_SLOTS,
  type StateCommand,
  type StateSizes,
  stateCommandRecord,
  stateSizes,
} from './state-command.js';

/**
 * Keeps, recalls, mixes and repeats the states of a voice while it is stepped, as `StateCommand` says. What it does is a
 * function of what was stepped and of the frames of its commands, so the same seed and commands give the same samples at
 * any block size. models/native/stream/state_source.h is its twin. Allocates once; the voice belongs to whoever steps it.
 */
export class StateDeck {
  readonly layout: SnapshotLayout;
  readonly sizes: StateSizes;
  readonly slots: readonly StateMemory[];
  /** By slot: something was kept in it, or put into it. */
  readonly isKept = new Uint8Array(NUM_STATE_SLOTS);
  /** By slot, since the voice was reset: the frame before which its state was kept; -Infinity for one that was there before. */
  private readonly keptAt = new Float64Array(NUM_STATE_SLOTS).fill(Number.NEGATIVE_INFINITY);
  private readonly voice: Voice;
  /** The state now and then, for going back: number k is that of frame k * historyPeriodFrames, in place k modulo its length. */
  private readonly history: readonly StateMemory[];
  private readonly scratch: StateMemory;
  private readonly scratchView: DataView;
  private readonly fade: MirrorFade;
  private readonly waiting = Array.from({ length: MAX_STATE_COMMANDS }, () => ({
    frame: 0,
    command: stateCommandRecord(),
  }));
  private first = 0;
  private count = 0;
  private readonly repeated = stateCommandRecord();
  /** Frame at which the repetition is due; Infinity without one. */
  private repeatAt = Number.POSITIVE_INFINITY;
  /** Number of the next state of the history. */
  private nextHistory = 0;

  /** `slots`, when given, are NUM_STATE_SLOTS of the size of a snapshot. */
  constructor(voice: Voice, sampleRate: number, slots?: readonly StateMemory[]) {
    const { snapshotBytes } = voice;
    this.voice = voice;
    this.layout = voice.snapshotLayout();
    this.sizes = stateSizes(sampleRate, snapshotBytes);
    this.slots = slots ?? Array.from({ length: NUM_STATE_SLOTS }, () => new StateMemory(snapshotBytes));
    this.history = Array.from({ length: this.sizes.numHistory }, () => new StateMemory(snapshotBytes));
    this.scratch = new StateMemory(snapshotBytes);
    this.scratchView = new DataView(this.scratch.bytes.buffer);
    this.fade = new MirrorFade(this.sizes.maxFadeFrames);
  }

  /** For the first aligned frame from `frame` on, which lies before that of no earlier command. False when too many wait. */
  say(frame: number, command: StateCommand): boolean {
    if (this.count === MAX_STATE_COMMANDS) return false;
    const entry = this.waiting[(this.first + this.count++) % MAX_STATE_COMMANDS]!;
    entry.frame = frame;
    copyCommand(command, entry.command);
    return true;
  }

  /** Does what is due before the frame that the voice steps next; how many, at least 1, it may step until the next call. */
  prepare(): number {
    const { frame } = this.voice;
    if (this.nextDue() > frame) return this.nextDue() - frame;
    if (!this.voice.isAligned) return 1;
    this.keepHistory(frame);
    while (this.count > 0 && this.waiting[this.first]!.frame <= frame) {
      const { command } = this.waiting[this.first]!;
      this.first = (this.first + 1) % MAX_STATE_COMMANDS;
      this.count--;
      this.obey(command, frame);
    }
    if (this.repeatAt <= frame) {
      this.recall(this.repeated);
      this.repeatAt += this.repeated.frames;
      if (this.repeatAt <= frame) this.repeatAt = frame + 1;
    }
    return this.nextDue() - frame;
  }

  /** The voice has written `out[0..numFrames)`: fades in it what has to be faded. */
  process(out: Float32Array, numFrames: number): void {
    this.fade.process(out, numFrames);
  }

  /** Ends the repetition. */
  release(): void {
    this.repeatAt = Number.POSITIVE_INFINITY;
  }

  /**
   * Before a reset, of a stream that runs ahead of its reader: what was kept at `frame` or later, and what is still to be kept, was
   * not. Calls `each` with every slot that is empty because of that.
   */
  giveUpFrom(frame: number, each?: (slot: number) => void): void {
    const giveUp = (slot: number): void => {
      this.isKept[slot] = 0;
      each?.(slot);
    };
    for (let slot = 0; slot < NUM_STATE_SLOTS; slot++) if (this.keptAt[slot]! >= frame) giveUp(slot);
    for (let i = 0; i < this.count; i++) {
      const { kind, a } = this.waiting[(this.first + i) % MAX_STATE_COMMANDS]!.command;
      if (kind === 'keep') giveUp(a);
    }
  }

  /** Somebody has filled the slot; whether with a state. */
  fill(slot: number, isState: boolean): void {
    this.isKept[slot] = isState ? 1 : 0;
    this.keptAt[slot] = Number.NEGATIVE_INFINITY;
  }

  /** The voice was reset: nothing waits, repeats or fades. What was kept stays. */
  restart(): void {
    this.keptAt.fill(Number.NEGATIVE_INFINITY);
    this.count = 0;
    this.nextHistory = 0;
    this.fade.restart();
    this.release();
  }

  /** The voice goes on as that of the other, of the same stepper, does. */
  copyFrom(other: StateDeck): void {
    this.slots.forEach(({ bytes }, i) => {
      bytes.set(other.slots[i]!.bytes);
    });
    this.isKept.set(other.isKept);
    this.keptAt.set(other.keptAt);
    this.history.forEach(({ bytes }, i) => {
      bytes.set(other.history[i]!.bytes);
    });
    this.fade.copyFrom(other.fade);
    this.waiting.forEach((entry, i) => {
      entry.frame = other.waiting[i]!.frame;
      copyCommand(other.waiting[i]!.command, entry.command);
    });
    this.first = other.first;
    this.count = other.count;
    copyCommand(other.repeated, this.repeated);
    this.repeatAt = other.repeatAt;
    this.nextHistory = other.nextHistory;
  }

  private nextDue(): number {
    const command = this.count > 0 ? this.waiting[this.first]!.frame : Number.POSITIVE_INFINITY;
    return Math.min(command, this.repeatAt, this.nextHistory * this.sizes.historyPeriodFrames);
  }

  private keepHistory(frame: number): void {
    const { history } = this;
    const number = Math.floor(frame / this.sizes.historyPeriodFrames);
    // Of a model that is seldom aligned, this is the next state for several of them.
    const from = Math.max(this.nextHistory, number - history.length + 1);
    for (let k = from; k <= number; k++) this.voice.snapshot(history[k % history.length]!.bytes);
    this.nextHistory = Math.max(this.nextHistory, number + 1);
  }

  private obey(command: StateCommand, frame: number): void {
    switch (command.kind) {
      case 'keep':
        this.voice.snapshot(this.slots[command.a]!.bytes);
        this.isKept[command.a] = 1;
        this.keptAt[command.a] = frame;
        return;
      case 'recall':
        this.recall(command);
        return;
      case 'repeat':
        copyCommand(command, this.repeated);
        this.repeatAt = frame + Math.max(1, command.frames);
        return;
      case 'move':
        this.repeated.position = command.position;
        return;
      case 'release':
        this.release();
        return;
      case 'rewind':
        this.rewind(command, frame);
        return;
      case 'fork':
        this.fork(command.seed);
    }
  }

  private recall({ a, b, position, tiers, fadeFrames }: StateCommand): void {
    if (this.isKept[a] === 1 && this.isKept[b] === 1)
      this.take(this.slots[a]!, this.slots[b]!, position, tiers, fadeFrames);
  }

  private rewind({ frames, tiers, fadeFrames }: StateCommand, frame: number): void {
    const { historyPeriodFrames, rewindFrames } = this.sizes;
    const wanted = Math.max(0, frame - Math.min(frames, rewindFrames));
    const state = this.history[Math.floor(wanted / historyPeriodFrames) % this.history.length]!;
    this.take(state, state, 0, tiers, fadeFrames);
  }

  private take(a: StateMemory, b: StateMemory, position: number, tiers: TierMask, fadeFrames: number): void {
    const { voice, scratch } = this;
    voice.snapshot(scratch.bytes);
    mixStates(this.layout, a, b, position, tiers, scratch);
    this.restore();
    if ((tiers & 1) !== 0) this.fade.cut(fadeFrames);
  }

  private fork(seed: number): void {
    const { offset, type } = this.layout.seed;
    this.voice.snapshot(this.scratch.bytes);
    if (type === 'uint32') this.scratchView.setUint32(offset, seed, true);
    else this.scratchView.setFloat64(offset, seed, true);
    this.restore();
  }

  /** What is no state, from a damaged file, changes nothing: nobody here could be told. */
  private restore(): void {
    try {
      this.voice.restore(this.scratch.bytes);
    } catch {}
  }
}

/** Every tier of a model but the fastest; that one, too, of a model with no other. */
export function slowTiers(numTiers: number): TierMask {
  return numTiers === 1 ? ALL_TIERS : (ALL_TIERS & ~1) >>> 0;
}
