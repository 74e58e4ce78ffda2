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
  /** Names since the last `settle`. */
  readonly #fresh: string[] = [];
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

  /** The slot that was taken has the name from now on. */
  name(slot: number, name: string): void {
    const old = this.#named.get(name);
    this.#free.splice(this.#free.indexOf(slot), 1);
    if (old !== undefined) this.#free.push(old);
    this.#named.set(name, slot);
    this.#fresh.push(name);
  }

  /** No other slot is held. */
  hold(a: number, b: number): void {
    this.#heldA = a;
    this.#heldB = b;
  }

  /** What was named so far has been read over. */
  settle(): void {
    this.#fresh.length = 0;
  }

  /** The stream begins anew: what was named since the last `settle` was never kept. */
  restart(): void {
    for (const name of this.#fresh) {
      this.#free.push(this.#named.get(name)!);
      this.#named.delete(name);
    }
    this.#fresh.length = 0;
    this.hold(-1, -1);
  }
}
