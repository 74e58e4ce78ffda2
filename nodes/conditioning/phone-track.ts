import { PHONES } from '../../models/index.js';
import { MOST_PHONES, type PhonePlan } from './phone-text.js';

const SILENCE = PHONES.indexOf('pau');
/** Rows to each side of a boundary over which one phone gives way to the next, as in training. */
const BLEND_ROWS = 5;
/** Of a held phone that was let go before it began. */
const LEAST_HELD_ROWS = 15;
const FOREVER = 0x7fff_ffff;

/**
 * Which phones sound, row by row: a plan, one phone after the other, then silence. As in training one hands over to the next in
 * a straight line around their boundary; a new plan begins with that, from whatever sounds. The same calls give the same
 * weights, bit for bit, also from a copy. Nothing allocates after construction.
 */
export class PhoneTrack {
  readonly #phones = new Uint8Array(MOST_PHONES);
  readonly #rows = new Int32Array(MOST_PHONES);
  #count = 0;
  #held = -1;
  /** What sounds now: -1 what was there before the plan, `#count` the silence after it. */
  #at = 0;
  /** Rows until that ends; FOREVER when only a call ends it. */
  #left = FOREVER;
  #isLetGo = false;
  /** Weights of the last row, and of the one before the blend that is under way. */
  readonly #last = new Float64Array(PHONES.length);
  readonly #from = new Float64Array(PHONES.length);
  #target = SILENCE;
  #blendAt = 0;
  #blendRows = 0;

  constructor() {
    this.#last[SILENCE] = 1;
  }

  /** Whether the plan is over, or none came yet. */
  get isDone(): boolean {
    return this.#at >= this.#count;
  }

  /** Whether the held phone was let go, and has not been followed by another yet. */
  get isEnding(): boolean {
    return this.#isLetGo && this.#at === this.#held && this.#held === this.#count - 1;
  }

  /** From now on this plan, copied; it is not empty. */
  say(plan: PhonePlan): void {
    for (let i = 0; i < plan.count; i++) {
      this.#phones[i] = plan.phones[i]!;
      this.#rows[i] = plan.rows[i]!;
    }
    this.#count = plan.count;
    this.#held = plan.held;
    this.#isLetGo = false;
    this.#at = -1;
    this.#handOver(this.#reach(-1));
  }

  /** The held phone becomes another one, from now on. */
  changeHeld(phone: number): void {
    if (this.#held < 0 || this.#at > this.#held) return;
    const before = this.#phones[this.#held]!;
    if (before === phone) return;
    this.#phones[this.#held] = phone;
    if (this.#at >= this.#held - 1 && this.#target === before) this.#blendTo(phone, 2 * BLEND_ROWS);
  }

  /** Lets the held phone end: at once when others follow it, else after `rows`. */
  letGo(rows: number): void {
    if (this.#isLetGo || this.#held < 0 || this.#at > this.#held) return;
    const isLast = this.#held === this.#count - 1;
    this.#isLetGo = true;
    this.#rows[this.#held] = Math.max(LEAST_HELD_ROWS, isLast ? rows : 0);
    if (this.#at !== this.#held) return;
    const reach = this.#reach(this.#at);
    this.#left = isLast ? Math.max(reach, rows) : reach;
  }

  /** Silence, from now on. */
  stop(): void {
    this.#at = -1;
    this.#count = 0;
    this.#held = -1;
    this.#handOver(BLEND_ROWS);
  }

  /** The same state, from here on. */
  copyFrom(other: PhoneTrack): void {
    this.#phones.set(other.#phones);
    this.#rows.set(other.#rows);
    this.#count = other.#count;
    this.#held = other.#held;
    this.#at = other.#at;
    this.#left = other.#left;
    this.#isLetGo = other.#isLetGo;
    this.#last.set(other.#last);
    this.#from.set(other.#from);
    this.#target = other.#target;
    this.#blendAt = other.#blendAt;
    this.#blendRows = other.#blendRows;
  }

  /** Writes the weights of all phones in this row to `into[at..)`, and goes on to the next row. */
  write(into: Float32Array, at: number): void {
    while (this.#left === 0) this.#enter(this.#at + 1);
    if (this.#left !== FOREVER) {
      // The blend begins as many rows before the boundary as it goes on after it.
      if (this.#at >= 0 && this.#left === this.#reach(this.#at)) this.#handOver(this.#left);
      this.#left--;
    }
    this.#mix();
    for (let phone = 0; phone < PHONES.length; phone++) into[at + phone] = this.#last[phone]!;
  }

  #mix(): void {
    const share = this.#blendAt < this.#blendRows ? (this.#blendAt++ + 0.5) / this.#blendRows : 1;
    for (let phone = 0; phone < PHONES.length; phone++) {
      this.#last[phone] = share === 1 ? 0 : (1 - share) * this.#from[phone]!;
    }
    this.#last[this.#target] = this.#last[this.#target]! + share;
  }

  /** To phone `index` of the plan: what is before it has ended. */
  #enter(index: number): void {
    this.#at = index;
    this.#left = this.#lengthOf(index);
    const phone = this.#phoneAt(index);
    if (phone !== this.#target) this.#blendTo(phone, 0);
  }

  /** The end of what sounds comes in `reach` rows, and what follows comes in until then and as long again. */
  #handOver(reach: number): void {
    this.#left = reach;
    this.#blendTo(this.#phoneAt(this.#at + 1), 2 * reach);
  }

  #blendTo(phone: number, rows: number): void {
    this.#from.set(this.#last);
    this.#target = phone;
    this.#blendAt = 0;
    this.#blendRows = rows;
  }

  /** Rows to each side of the end of phone `index`: no more than half of either phone. */
  #reach(index: number): number {
    return Math.min(BLEND_ROWS, this.#lengthOf(index) >> 1, this.#lengthOf(index + 1) >> 1);
  }

  #lengthOf(index: number): number {
    if (index < 0 || index >= this.#count) return FOREVER;
    return index === this.#held && !this.#isLetGo ? FOREVER : this.#rows[index]!;
  }

  #phoneAt(index: number): number {
    return index < this.#count ? this.#phones[index]! : SILENCE;
  }
}
