import { type ModelStream, XRUN_CAUSES } from '../../models/index.js';

/** Gaps are counted one by one but told at most this often. */
const TELL_EVERY_MS = 1000;
/** A cause is known as soon as the model's thread runs again: it is waited for, but not for long. */
const WAIT_FOR_CAUSE_MS = 100;

/** Gathers gaps of one stream into sentences for a performer: how many, and why. */
export class GapReport {
  readonly #stream: ModelStream;
  readonly #everyFrames: number;
  readonly #waitFrames: number;
  readonly #known = { starting: 0, overload: 0, preempted: 0, rollback: 0, burst: 0 };
  #untold = 0;
  #sinceFrame = 0;
  #notBeforeFrame = 0;

  constructor(stream: ModelStream, engineRate: number) {
    this.#stream = stream;
    this.#everyFrames = Math.round((TELL_EVERY_MS * engineRate) / 1000);
    this.#waitFrames = Math.round((WAIT_FOR_CAUSE_MS * engineRate) / 1000);
  }

  /** On the audio path: a gap began in the tick of this engine frame. */
  count(frame: number): void {
    if (this.#untold === 0) this.#sinceFrame = frame;
    this.#untold++;
  }

  /** The sentence that is due, if any. Only then does it allocate. */
  due(frame: number): string | undefined {
    if (this.#untold === 0 || frame < this.#notBeforeFrame) return undefined;
    const { xruns, xrunCauses, fault } = this.#stream.state;
    if (fault !== undefined) {
      // The node tells the fault instead: this model is not late.
      this.#untold = 0;
      return undefined;
    }
    let explained = 0;
    for (const cause of XRUN_CAUSES) explained += xrunCauses[cause];
    if (explained < xruns && frame - this.#sinceFrame < this.#waitFrames) return undefined;
    const parts: string[] = [];
    for (const cause of XRUN_CAUSES) {
      const news = xrunCauses[cause] - this.#known[cause];
      if (news > 0) parts.push(`${news} ${cause}`);
      this.#known[cause] = xrunCauses[cause];
    }
    const causes = parts.length === 0 ? '' : ` (${parts.join(', ')})`;
    const gaps = this.#untold;
    this.#untold = 0;
    this.#notBeforeFrame = frame + this.#everyFrames;
    return `the model was late: ${gaps} faded gap(s) since the last message${causes}`;
  }
}
