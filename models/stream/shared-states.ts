import { StateMemory, stateMemoryBytes } from '../state/mix-states.js';
import {
  MAX_STATE_COMMANDS,
  NUM_STATE_SLOTS,
  STATE_COMMANDS,
  type StateCommand,
  stateCommandRecord,
} from '../state/state-command.js';

/** Places in the word table (int32). */
const WRITTEN = 0;
const TAKEN = 1;
/** One per slot. */
const KEPT = 2;
const NUM_WORDS = KEPT + NUM_STATE_SLOTS;
const WORD_BYTES = 8 * Math.ceil((4 * NUM_WORDS) / 8);
/** Numbers of a command: generation, word, then those of StateCommand. */
const COMMAND_NUMBERS = 10;
const COMMAND_BYTES = 8 * COMMAND_NUMBERS * MAX_STATE_COMMANDS;

/**
 * What a worker-stepped stream and its reader share for states: the slots, and commands on their way to the worker. One
 * reader, one worker; both construct one over the same buffer. No call waits or allocates.
 */
export class SharedStates {
  readonly buffer: SharedArrayBuffer;
  readonly slots: readonly StateMemory[];
  private readonly words: Int32Array;
  private readonly commands: Float64Array;
  private readonly command = stateCommandRecord();

  constructor(snapshotBytes: number, buffer?: SharedArrayBuffer) {
    const slotBytes = stateMemoryBytes(snapshotBytes);
    const slotsAt = WORD_BYTES + COMMAND_BYTES;
    this.buffer = buffer ?? new SharedArrayBuffer(slotsAt + NUM_STATE_SLOTS * slotBytes);
    this.words = new Int32Array(this.buffer, 0, NUM_WORDS);
    this.commands = new Float64Array(this.buffer, WORD_BYTES, COMMAND_NUMBERS * MAX_STATE_COMMANDS);
    this.slots = Array.from(
      { length: NUM_STATE_SLOTS },
      (_, slot) => new StateMemory(snapshotBytes, this.buffer, slotsAt + slot * slotBytes),
    );
  }

  // The reader's side.

  /** Of the stream after `generation` resets. False when there is no room. */
  post(generation: number, command: StateCommand, word = 0): boolean {
    const { words, commands } = this;
    const written = Atomics.load(words, WRITTEN);
    if (((written - Atomics.load(words, TAKEN)) | 0) >= MAX_STATE_COMMANDS) return false;
    let at = (written & (MAX_STATE_COMMANDS - 1)) * COMMAND_NUMBERS;
    commands[at++] = generation;
    commands[at++] = word;
    commands[at++] = STATE_COMMANDS.indexOf(command.kind);
    commands[at++] = command.a;
    commands[at++] = command.b;
    commands[at++] = command.position;
    commands[at++] = command.tiers;
    commands[at++] = command.fadeFrames;
    commands[at++] = command.frames;
    commands[at++] = command.seed;
    Atomics.store(words, WRITTEN, (written + 1) | 0);
    return true;
  }

  // The worker's side.

  /**
   * Hands the commands of `generation` over, in their order, until one is not taken; later ones wait. Those of earlier ones are
   * dropped: a slot in which one would have kept something is empty, which `givenUp` is told.
   */
  take(
    generation: number,
    each: (command: StateCommand, word: number) => boolean,
    givenUp: (slot: number) => void,
  ): void {
    const { words, commands, command } = this;
    const written = Atomics.load(words, WRITTEN);
    let taken = Atomics.load(words, TAKEN);
    for (; taken !== written; taken = (taken + 1) | 0) {
      let at = (taken & (MAX_STATE_COMMANDS - 1)) * COMMAND_NUMBERS;
      const age = (commands[at++]! - generation) | 0;
      if (age > 0) break;
      if (age < 0) {
        if (commands[at + 1] === STATE_COMMANDS.indexOf('keep')) givenUp(commands[at + 2]!);
        continue;
      }
      const word = commands[at++]!;
      command.kind = STATE_COMMANDS[commands[at++]!]!;
      command.a = commands[at++]!;
      command.b = commands[at++]!;
      command.position = commands[at++]!;
      command.tiers = commands[at++]!;
      command.fadeFrames = commands[at++]!;
      command.frames = commands[at++]!;
      command.seed = commands[at++]!;
      if (!each(command, word)) break;
    }
    Atomics.store(words, TAKEN, taken);
  }

  // Both sides.

  isKept(slot: number): boolean {
    return Atomics.load(this.words, KEPT + slot) === 1;
  }

  /** What the slot holds is not to be used. */
  setEmpty(slot: number): void {
    Atomics.store(this.words, KEPT + slot, 0);
  }

  /** What the slot holds is complete. */
  setKept(slot: number): void {
    Atomics.store(this.words, KEPT + slot, 1);
  }
}
