import { PHONES } from '../../models/index.js';
import type { PhonePlan, Syllable } from './phone-text.js';

const SILENCE = PHONES.indexOf('pau');
/** Rows to each side of a boundary over which one phone gives way to the next, as in training. */
const BLEND_ROWS = 5;
/** Of a held phone that was let go before it began. */
const LEAST_HELD_ROWS = 15;
const FOREVER = 0x7fff_ffff;
const NOTHING: PhonePlan = { phones: new Uint8Array(0), rows: new Int32Array(0), count: 0, held: -1 };

/**
 * Which phones sound, row by row: a stretch of a plan, one phone after the other, then silence. As in training one hands over to the next in
 * a straight line around their boundary; a new plan begins with that, from whatever sounds. The same calls give the same
 * weights, bit for bit, also from a copy. Nothing allocates after construction.
 */
export class PhoneTrack {
  /** Phones [#from, #to) of it are said; shared, never written. */
  #plan = NOTHING;
  #from = 0;
  #to = 0;
  #held = -1;
  /** The held phone, which may be changed, and its rows once it was let go. */
  #heldPhone = SILENCE;
  #heldRows = 0;
  /** What sounds now: `#from` - 1 what was there before, `#to` the silence after it. */
  #at = 0;
  /** Rows until that ends; FOREVER when only a call ends it. */
  #left = FOREVER;
  #isLetGo = false;
  /** Times what the plan says: of what sounds and what follows it, and as it will be from the next phone on. */
  #stretch = 1;
  #nextStretch = 1;
  /** Weights of the last row, and of the one before the blend that is under way. */
  readonly #last = new Float64Array(PHONES.length);
  readonly #before = new Float64Array(PHONES.length);
  #target = SILENCE;
  #blendAt = 0;
  #blendRows = 0;

  constructor() {
    this.#last[SILENCE] = 1;
  }

  /** Whether the plan is over, or none came yet. */
  get isDone(): boolean {
    return this.#at >= this.#to;
  }

  /** Whether the held phone was let go, and has not been followed by another yet. */
  get isEnding(): boolean {
    return this.#isLetGo && this.#at === this.#held && this.#held === this.#to - 1;
  }

  /** Whether a phone of this plan is held, or will be, until it is let go. */
  isHolding(plan: PhonePlan): boolean {
    return this.#plan === plan && this.#held >= 0 && !this.#isLetGo && this.#at <= this.#held;
  }

  /** Whether what is said, or was said last, is spoken at a pitch of its own. */
  get isSpoken(): boolean {
    return this.#plan.prosody !== undefined;
  }

  /** Semitones above the pitch of the voice, of what is spoken. */
  get semitones(): number {
    const { prosody } = this.#plan;
    if (prosody === undefined || this.#to === this.#from) return 0;
    if (this.#at < this.#from) return prosody.semitones[this.#from]!;
    const last = this.#to - 1;
    if (this.#at >= last) return prosody.semitones[last]!;
    const share = this.#left === FOREVER ? 0 : 1 - this.#left / this.#lengthOf(this.#at);
    const now = prosody.semitones[this.#at]!;
    return now + (prosody.semitones[this.#at + 1]! - now) * share;
  }

  /** Loudness of what is said, 0 to 1. */
  get level(): number {
    const { prosody } = this.#plan;
    if (prosody === undefined || this.#to === this.#from) return 1;
    return prosody.levels[Math.min(this.#to - 1, Math.max(this.#from, this.#at))]!;
  }

  /** From now on this, which is not empty; its plan is shared. */
  say({ plan, from, to, held }: Syllable): void {
    this.#plan = plan;
    this.#from = from;
    this.#to = to;
    this.#held = held;
    this.#heldPhone = held < 0 ? SILENCE : plan.phones[held]!;
    this.#isLetGo = false;
    this.#stretch = this.#nextStretch;
    this.#at = from - 1;
    this.#handOver(this.#reach(this.#at));
  }

  /** The held phone becomes another one, from now on. */
  changeHeld(phone: number): void {
    if (this.#held < 0 || this.#at > this.#held) return;
    const before = this.#heldPhone;
    if (before === phone) return;
    this.#heldPhone = phone;
    if (this.#at >= this.#held - 1 && this.#target === before) this.#blendTo(phone, 2 * BLEND_ROWS);
  }

  /** Lets the held phone end: at once when others follow it, else after `rows`. */
  letGo(rows: number): void {
    if (this.#isLetGo || this.#held < 0 || this.#at > this.#held) return;
    const isLast = this.#held === this.#to - 1;
    this.#isLetGo = true;
    this.#heldRows = Math.max(LEAST_HELD_ROWS, isLast ? rows : 0);
    if (this.#at !== this.#held) return;
    const reach = this.#reach(this.#at);
    this.#left = isLast ? Math.max(reach, rows) : reach;
  }

  /** Silence, from now on. */
  stop(): void {
    this.#plan = NOTHING;
    this.#from = this.#to = 0;
    this.#at = -1;
    this.#held = -1;
    this.#handOver(BLEND_ROWS);
  }

  /** The same state, from here on. */
  copyFrom(other: PhoneTrack): void {
    this.#plan = other.#plan;
    this.#from = other.#from;
    this.#to = other.#to;
    this.#held = other.#held;
    this.#heldPhone = other.#heldPhone;
    this.#heldRows = other.#heldRows;
    this.#stretch = other.#stretch;
    this.#nextStretch = other.#nextStretch;
    this.#at = other.#at;
    this.#left = other.#left;
    this.#isLetGo = other.#isLetGo;
    this.#last.set(other.#last);
    this.#before.set(other.#before);
    this.#target = other.#target;
    this.#blendAt = other.#blendAt;
    this.#blendRows = other.#blendRows;
  }

  /**
   * Writes the weights of all phones in this row to `into[at..)`, and goes on to the next row. `stretch`: how many times as
   * long phones last that begin now.
   */
  write(into: Float32Array, at: number, stretch = 1): void {
    this.#nextStretch = stretch;
    while (this.#left === 0) this.#enter(this.#at + 1);
    if (this.#left !== FOREVER) {
      // The blend begins as many rows before the boundary as it goes on after it.
      if (this.#at >= this.#from && this.#left === this.#reach(this.#at)) this.#handOver(this.#left);
      this.#left--;
    }
    this.#mix();
    for (let phone = 0; phone < PHONES.length; phone++) into[at + phone] = this.#last[phone]!;
  }

  #mix(): void {
    const share = this.#blendAt < this.#blendRows ? (this.#blendAt++ + 0.5) / this.#blendRows : 1;
    for (let phone = 0; phone < PHONES.length; phone++) {
      this.#last[phone] = share === 1 ? 0 : (1 - share) * this.#before[phone]!;
    }
    this.#last[this.#target] = this.#last[this.#target]! + share;
  }

  /** To phone `index` of the plan: what is before it has ended. */
  #enter(index: number): void {
    this.#at = index;
    this.#stretch = this.#nextStretch;
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
    this.#before.set(this.#last);
    this.#target = phone;
    this.#blendAt = 0;
    this.#blendRows = rows;
  }

  /** Rows to each side of the end of phone `index`: no more than half of either phone. */
  #reach(index: number): number {
    return Math.min(BLEND_ROWS, this.#lengthOf(index) >> 1, this.#lengthOf(index + 1) >> 1);
  }

  #lengthOf(index: number): number {
    if (index < this.#from || index >= this.#to) return FOREVER;
    if (index === this.#held) return this.#isLetGo ? this.#heldRows : FOREVER;
    return Math.max(1, Math.round(this.#plan.rows[index]! * this.#stretch));
  }

  #phoneAt(index: number): number {
    if (index >= this.#to) return SILENCE;
    return index === this.#held ? this.#heldPhone : this.#plan.phones[index]!;
  }
}
