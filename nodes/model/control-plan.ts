import type { Tick } from '../../graph/index.js';
import type { ModelStream } from '../../models/index.js';
import { ModelClock } from './model-clock.js';

/** What a plan asks of its node's params. */
export interface ControlParams {
  get(name: 'temperature' | 'topP' | 'topK'): number;
  /** At an engine frame; NaN when not known. */
  ahead(name: 'temperature' | 'topP', frame: number): number;
  isSteady(name: 'temperature' | 'topP'): boolean;
}

/** Values that are known ahead are said anew this often. */
const SLOT_MS = 2;
/** Of a stream that steps further ahead slots are longer, so that it takes all that one tick says, and so keeps it. */
const SLOTS_AHEAD = 128;
/** With those that one tick reads; the rest is left to the next. Fewer than a native stream takes between two reads. */
const MAX_SLOTS = 192;

/**
 * Tells a stream its control values: those that can be known, for a slot of 2 ms or more each, as far ahead as the
 * stream steps, so that they cost no rollback; all others as they come. A slot belongs to a model frame and through that to
 * one engine frame, so the plan is the same at any block size. Each tick the whole plan is held against what is known
 * now: where they differ, because somebody moved something, it is said anew from there. Allocates nothing per tick.
 */
export class ControlPlan {
  readonly #stream: ModelStream;
  readonly #params: ControlParams;
  readonly #clock: ModelClock;
  readonly #slotFrames: number;
  /** What was said for slot j, at j % MAX_SLOTS. */
  readonly #temperatures = new Float64Array(MAX_SLOTS);
  readonly #topPs = new Float64Array(MAX_SLOTS);
  /** Slots [#first, #end) are said; none when equal. */
  #first = 0;
  #end = 0;
  /** The last thing said, planned or not. */
  readonly #said = { temperature: Number.NaN, topP: Number.NaN, topK: Number.NaN };

  constructor(stream: ModelStream, engineRate: number, params: ControlParams) {
    this.#stream = stream;
    this.#params = params;
    this.#clock = new ModelClock(stream.sampleRate, engineRate);
    this.#slotFrames = Math.max(
      1,
      Math.round((SLOT_MS * stream.sampleRate) / 1000),
      Math.ceil(stream.planAheadFrames / SLOTS_AHEAD),
    );
  }

  /** The stream begins anew, at position 0. */
  restart(): void {
    this.#end = this.#first;
    this.#clock.restart();
  }

  /** What holds now, before the first tick. */
  begin(): void {
    this.#tellNow(this.#params.get('topK'));
  }

  /** Before the read of a tick which takes `numModelFrames`. */
  tell({ startFrame }: Tick, numModelFrames: number): void {
    const topK = this.#params.get('topK');
    if (this.#params.isSteady('temperature') && this.#params.isSteady('topP')) {
      this.#tellNow(topK);
      return;
    }
    const { position, planAheadFrames } = this.#stream;
    this.#clock.anchor(startFrame, position);
    const from = Math.floor(position / this.#slotFrames);
    const until = Math.floor((position + numModelFrames + planAheadFrames) / this.#slotFrames);
    const last = Math.min(until, from + MAX_SLOTS - 1);
    if (topK !== this.#said.topK || from < this.#first || from >= this.#end) this.#end = this.#first = from;
    this.#first = from;
    // Whether later slots were said that are not true any more.
    let isStale = false;
    for (let j = from; j <= last; j++) {
      const temperature = this.#ahead('temperature', j);
      const topP = this.#ahead('topP', j);
      if (Number.isNaN(temperature) || Number.isNaN(topP)) {
        this.#tellNow(topK);
        return;
      }
      const at = j % MAX_SLOTS;
      if (j < this.#end) {
        if (temperature === this.#temperatures[at] && topP === this.#topPs[at]) continue;
        isStale = true;
        this.#end = j;
      }
      this.#temperatures[at] = temperature;
      this.#topPs[at] = topP;
      this.#end = j + 1;
      if (j === from) this.#say(-1, temperature, topP, topK);
      else if (isStale || temperature !== this.#said.temperature || topP !== this.#said.topP) {
        this.#say(j * this.#slotFrames, temperature, topP, topK);
      }
      isStale = false;
    }
  }

  /** What holds at the end of this tick, if that is news, and no plan. */
  #tellNow(topK: number): void {
    const temperature = this.#params.get('temperature');
    const topP = this.#params.get('topP');
    const hadPlan = this.#end > this.#first;
    this.#end = this.#first;
    const said = this.#said;
    if (!hadPlan && temperature === said.temperature && topP === said.topP && topK === said.topK) return;
    this.#say(-1, temperature, topP, topK);
  }

  #say(frame: number, temperature: number, topP: number, topK: number): void {
    this.#said.temperature = temperature;
    this.#said.topP = topP;
    this.#said.topK = topK;
    if (frame < 0) this.#stream.setSampling(this.#said);
    else this.#stream.planSampling(frame, this.#said);
  }

  #ahead(name: 'temperature' | 'topP', slot: number): number {
    return this.#params.ahead(name, this.#clock.engineFrame(slot * this.#slotFrames));
  }
}
