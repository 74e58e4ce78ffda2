import { isFiniteState, isSlot, isStateCommand } from '../state/state-check.js';
import { NUM_STATE_SLOTS, type StateCommand } from '../state/state-command.js';
import type { StateDeck } from '../state/state-deck.js';
import type { StreamStates } from '../stream.js';

/** The states of a voice that is stepped where its stream is read. */
export class InlineStates implements StreamStates {
  readonly slotBytes: number;
  readonly numTiers: number;
  readonly rewindFrames: number;
  private readonly deck: StateDeck;
  private readonly nextFrame: () => number;

  /** `nextFrame`: the one that is stepped next. */
  constructor(deck: StateDeck, nextFrame: () => number) {
    this.deck = deck;
    this.nextFrame = nextFrame;
    this.slotBytes = deck.slots[0]!.bytes.length;
    this.numTiers = deck.layout.numTiers;
    this.rewindFrames = deck.sizes.rewindFrames;
  }

  command(command: StateCommand, frame = 0): boolean {
    return isStateCommand(command) && this.deck.say(Math.max(frame, this.nextFrame()), command);
  }

  /** Before a reset: what was kept at `frame` or later, what is still to be kept, and what the slots `more` have, is given up. */
  giveUpFrom(frame: number, more: Iterable<number>): void {
    this.deck.giveUpFrom(frame);
    for (const slot of more) this.deck.fill(slot, false);
  }

  isKept(slot: number): boolean {
    return this.deck.isKept[slot] === 1;
  }

  copySlot(slot: number, into: Uint8Array): void {
    if (isSlot(slot, NUM_STATE_SLOTS) && into.length === this.slotBytes)
      into.set(this.deck.slots[slot]!.bytes);
  }

  fillSlot(slot: number, from: Uint8Array): boolean {
    const { deck } = this;
    if (!isSlot(slot, NUM_STATE_SLOTS) || from.length !== this.slotBytes) return false;
    const state = deck.slots[slot]!;
    state.bytes.set(from);
    const isState = isFiniteState(deck.layout, state);
    deck.fill(slot, isState);
    return isState;
  }
}
