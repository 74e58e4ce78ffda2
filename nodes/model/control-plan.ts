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

/** The param of a node that is `Sampling.blend`: the same questions. */
export interface BlendParam {
  get(): number;
  ahead(frame: number): number;
  isSteady(): boolean;
}

/** The param `name` of a node as that. */
export function blendParamOf<Name extends string>(
  params: {
    get(name: Name): number;
    ahead(name: Name, frame: number): number;
    isSteady(name: Name): boolean;
  },
  name: Name,
): BlendParam {
  return {
    get: () => params.get(name),
    ahead: (frame) => params.ahead(name, frame),
    isSteady: () => params.isSteady(name),
  };
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
  readonly #blend: BlendParam | undefined;
  readonly #clock: ModelClock;
  readonly #slotFrames: number;
  /** What was said for slot j, at j % MAX_SLOTS. */
  readonly #temperatures = new Float64Array(MAX_SLOTS);
  readonly #topPs = new Float64Array(MAX_SLOTS);
  readonly #blends = new Float64Array(MAX_SLOTS);
  /** Slots [#first, #end) are said; none when equal. */
  #first = 0;
  #end = 0;
  /** The last thing said, planned or not. */
  readonly #said = { temperature: Number.NaN, topP: Number.NaN, topK: Number.NaN, blend: 0 };

  /** Without `blend` that value is always 0. */
  constructor(stream: ModelStream, engineRate: number, params: ControlParams, blend?: BlendParam) {
    this.#stream = stream;
    this.#params = params;
    this.#blend = blend;
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
    const { position, planAheadFrames } = this.#stream;
    this.#clock.anchor(startFrame, position);
    const from = Math.floor(position / this.#slotFrames);
    if (this.#isSteady() && (this.#end === this.#first || this.#isThere(from))) {
      this.#tellNow(topK);
      return;
    }
    const until = Math.floor((position + numModelFrames + planAheadFrames) / this.#slotFrames);
    const last = Math.min(until, from + MAX_SLOTS - 1);
    if (topK !== this.#said.topK || from < this.#first || from >= this.#end) this.#end = this.#first = from;
    this.#first = from;
    // Whether later slots were said that are not true any more.
    let isStale = false;
    for (let j = from; j <= last; j++) {
      const temperature = this.#ahead('temperature', j);
      const topP = this.#ahead('topP', j);
      const blend = this.#blend ? this.#blend.ahead(this.#engineFrame(j)) : 0;
      if (Number.isNaN(temperature + topP + blend)) {
        this.#tellNow(topK);
        return;
      }
      const at = j % MAX_SLOTS;
      if (j < this.#end) {
        const isSaid = temperature === this.#temperatures[at] && topP === this.#topPs[at];
        if (isSaid && blend === this.#blends[at]) continue;
        isStale = true;
        this.#end = j;
      }
      this.#temperatures[at] = temperature;
      this.#topPs[at] = topP;
      this.#blends[at] = blend;
      this.#end = j + 1;
      if (j === from) this.#say(-1, temperature, topP, topK, blend);
      else if (isStale || this.#isNews(temperature, topP, topK, blend)) {
        this.#say(j * this.#slotFrames, temperature, topP, topK, blend);
      }
      isStale = false;
    }
  }

  /** What holds at the end of this tick, if that is news, and no plan. */
  #tellNow(topK: number): void {
    const temperature = this.#params.get('temperature');
    const topP = this.#params.get('topP');
    const blend = this.#blend ? this.#blend.get() : 0;
    const hadPlan = this.#end > this.#first;
    this.#end = this.#first;
    if (hadPlan || this.#isNews(temperature, topP, topK, blend))
      this.#say(-1, temperature, topP, topK, blend);
  }

  #isSteady(): boolean {
    const params = this.#params;
    if (this.#blend && !this.#blend.isSteady()) return false;
    return params.isSteady('temperature') && params.isSteady('topP');
  }

  /** Whether steady params were in this slot already what they are now: what was planned for it comes first. */
  #isThere(slot: number): boolean {
    const params = this.#params;
    return (
      this.#ahead('temperature', slot) === params.get('temperature') &&
      this.#ahead('topP', slot) === params.get('topP') &&
      (!this.#blend || this.#blend.ahead(this.#engineFrame(slot)) === this.#blend.get())
    );
  }

  #isNews(temperature: number, topP: number, topK: number, blend: number): boolean {
    const said = this.#said;
    return (
      temperature !== said.temperature || topP !== said.topP || topK !== said.topK || blend !== said.blend
    );
  }

  #say(frame: number, temperature: number, topP: number, topK: number, blend: number): void {
    this.#said.temperature = temperature;
    this.#said.topP = topP;
    this.#said.topK = topK;
    this.#said.blend = blend;
    if (frame < 0) this.#stream.setSampling(this.#said);
    else this.#stream.planSampling(frame, this.#said);
  }

  #ahead(name: 'temperature' | 'topP', slot: number): number {
    return this.#params.ahead(name, this.#engineFrame(slot));
  }

  #engineFrame(slot: number): number {
    return this.#clock.engineFrame(slot * this.#slotFrames);
  }
}
