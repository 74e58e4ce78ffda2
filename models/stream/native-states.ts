import { coreLayout } from '../native/core-layout.js';
import type { NativeRunAhead } from '../native/load.js';
import { StateMemory } from '../state/mix-states.js';
import type { SnapshotLayout } from '../state/snapshot-layout.js';
import { isFiniteState, isSlot, isStateCommand } from '../state/state-check.js';
import {
  NUM_STATE_SLOTS,
  STATE_COMMANDS,
  type StateCommand,
  type StateSizes,
} from '../state/state-command.js';
import type { StreamStates } from '../stream.js';

/** The states of a voice on a native thread. */
export class NativeStates implements StreamStates {
  readonly slotBytes: number;
  readonly numTiers: number;
  readonly rewindFrames: number;
  private readonly thread: NativeRunAhead;
  private readonly layout: SnapshotLayout;
  /** What is looked at before a slot is filled. */
  private readonly checked: StateMemory;

  constructor(thread: NativeRunAhead, sizes: StateSizes) {
    this.thread = thread;
    this.layout = coreLayout(thread.snapshotRanges());
    this.slotBytes = thread.slotBytes;
    this.numTiers = this.layout.numTiers;
    this.rewindFrames = sizes.rewindFrames;
    this.checked = new StateMemory(this.slotBytes);
  }

  command(command: StateCommand): boolean {
    if (!isStateCommand(command)) return false;
    const { kind, a, b, position, tiers, fadeFrames, frames, seed } = command;
    const number = STATE_COMMANDS.indexOf(kind);
    return this.thread.commandState(number, a, b, position, tiers, fadeFrames, frames, seed);
  }

  isKept(slot: number): boolean {
    return isSlot(slot, NUM_STATE_SLOTS) && this.thread.isKept(slot);
  }

  copySlot(slot: number, into: Uint8Array): void {
    if (isSlot(slot, NUM_STATE_SLOTS) && into.length === this.slotBytes) this.thread.copySlot(slot, into);
  }

  fillSlot(slot: number, from: Uint8Array): boolean {
    const { checked, layout } = this;
    if (!isSlot(slot, NUM_STATE_SLOTS) || from.length !== this.slotBytes) return false;
    checked.bytes.set(from);
    if (!isFiniteState(layout, checked)) return false;
    this.thread.fillSlot(slot, checked.bytes);
    return true;
  }
}
