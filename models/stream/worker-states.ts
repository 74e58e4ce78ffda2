import type { StateMemory } from '../state/mix-states.js';
import type { SnapshotLayout } from '../state/snapshot-layout.js';
import { isFiniteState, isSlot, isStateCommand } from '../state/state-check.js';
import { NUM_STATE_SLOTS, type StateCommand } from '../state/state-command.js';
import type { StreamStates } from '../stream.js';
import { SharedStates } from './shared-states.js';

/** What a worker tells of its states. */
export interface WorkerStateFacts {
  readonly snapshotBytes: number;
  readonly layout: SnapshotLayout;
  readonly rewindFrames: number;
  /** Of the SharedStates. */
  readonly buffer: SharedArrayBuffer;
}

/** The states of a voice in a worker: commands are late by what that has stepped ahead. */
export class WorkerStates implements StreamStates {
  readonly slotBytes: number;
  readonly numTiers: number;
  readonly rewindFrames: number;
  private readonly shared: SharedStates;
  private readonly layout: SnapshotLayout;
  private readonly generation: () => number;
  private readonly nextWord: () => number;

  /** `generation` counts the resets of the stream, `nextWord` what is said since the last one. */
  constructor(facts: WorkerStateFacts, generation: () => number, nextWord: () => number) {
    this.slotBytes = facts.snapshotBytes;
    this.layout = facts.layout;
    this.numTiers = facts.layout.numTiers;
    this.rewindFrames = facts.rewindFrames;
    this.shared = new SharedStates(facts.snapshotBytes, facts.buffer);
    this.generation = generation;
    this.nextWord = nextWord;
  }

  command(command: StateCommand): boolean {
    return isStateCommand(command) && this.shared.post(this.generation(), command, this.nextWord());
  }

  isKept(slot: number): boolean {
    return isSlot(slot, NUM_STATE_SLOTS) && this.shared.isKept(slot);
  }

  copySlot(slot: number, into: Uint8Array): void {
    const state = this.slot(slot, into);
    if (state) into.set(state.bytes);
  }

  fillSlot(slot: number, from: Uint8Array): boolean {
    const state = this.slot(slot, from);
    if (state === undefined) return false;
    state.bytes.set(from);
    if (!isFiniteState(this.layout, state)) return false;
    this.shared.setKept(slot);
    return true;
  }

  private slot(slot: number, bytes: Uint8Array): StateMemory | undefined {
    return bytes.length === this.slotBytes ? this.shared.slots[slot] : undefined;
  }
}
