import { NUM_STATE_SLOTS } from '../../models/index.js';
import { NodeError } from '../errors.js';

/** More than fit the hand, and fewer than there are slots: the others rest, or are those of a repetition. */
const MAX_NAMES = 16;
const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/i;

/**
 * Which state of a stream has which name. What is kept anew under a name goes into another slot, and the old slot rests for
 * as long as possible: a stream that goes back over that moment still finds it. So do slots that something holds.
 */
export class StateSlots {
  readonly #named = new Map<string, number>();
  /** Slots without a name, the one that rests for the longest first. */
  readonly #free = Array.from({ length: NUM_STATE_SLOTS }, (_, slot) => slot);
  /** Names that a restart takes away, and the slot that each had before. */
  readonly #fresh: {
    readonly name: string;
    readonly slot: number;
    readonly old: number | undefined;
    readonly frame: number;
  }[] = [];
  #heldA = -1;
  #heldB = -1;

  /** Throws MODEL_NO_SUCH_STATE. */
  slotOf(name: string): number {
    const slot = this.#named.get(name);
    if (slot !== undefined) return slot;
    const known = this.#named.size === 0 ? 'none is kept' : `kept are ${[...this.#named.keys()].join(', ')}`;
    throw new NodeError('MODEL_NO_SUCH_STATE', `There is no state "${name.slice(0, 80)}": ${known}`);
  }

  /** A slot to write to. It counts as used only after `name`. Throws what `check` throws. */
  take(name: string): number {
    this.check(name);
    return this.takeNameless();
  }

  /** Throws NODE_ARGUMENT or MODEL_STATES_FULL for what no state can be named. */
  check(name: string): void {
    if (!NAME.test(name)) {
      throw new NodeError(
        'NODE_ARGUMENT',
        `a name of a state has 1 to 64 letters, digits, - and _ but was "${name.slice(0, 80)}"`,
      );
    }
    if (!this.#named.has(name) && this.#named.size === MAX_NAMES) {
      throw new NodeError(
        'MODEL_STATES_FULL',
        `${MAX_NAMES} states are kept: ${[...this.#named.keys()].join(', ')}`,
      );
    }
  }

  /** The same for a state that has no name; it rests from then on unless it is held. */
  takeNameless(): number {
    const index = this.#free.findIndex((slot) => slot !== this.#heldA && slot !== this.#heldB);
    const slot = this.#free[index]!;
    this.#free.splice(index, 1);
    this.#free.push(slot);
    return slot;
  }

  /** The slot that was taken has the name from now on. What it holds is sure once `frame` of the stream is settled; left out: already. */
  name(slot: number, name: string, frame?: number): void {
    const old = this.#named.get(name);
    this.#free.splice(this.#free.indexOf(slot), 1);
    if (old !== undefined) this.#free.push(old);
    this.#named.set(name, slot);
    if (frame !== undefined) this.#fresh.push({ name, slot, old, frame });
  }

  /** No other slot is held. */
  hold(a: number, b: number): void {
    this.#heldA = a;
    this.#heldB = b;
  }

  /** What was named with this frame, or an earlier one, is sure. */
  settle(frame: number): void {
    while (this.#fresh.length > 0 && this.#fresh[0]!.frame <= frame) this.#fresh.shift();
  }

  /** The stream begins anew: what is not settled was never kept, and its name goes back to what it had before, if that still rests. */
  restart(): void {
    for (let entry = this.#fresh.pop(); entry !== undefined; entry = this.#fresh.pop()) {
      const { name, slot, old } = entry;
      if (this.#named.get(name) !== slot) continue;
      this.#named.delete(name);
      this.#free.push(slot);
      const resting = old === undefined ? -1 : this.#free.indexOf(old);
      if (resting < 0) continue;
      this.#free.splice(resting, 1);
      this.#named.set(name, old!);
    }
    this.hold(-1, -1);
  }
}
