/**
 * Where the frames of a stream lie on the engine's time line, so that what is told to the stream falls on the same
 * model frames at any block size. Nothing allocates.
 */
export class ModelClock {
  readonly #modelRate: number;
  readonly #engineRate: number;
  /** Engine frame of model frame 0. */
  #origin = Number.NaN;

  /** Both in Hz. */
  constructor(modelRate: number, engineRate: number) {
    this.#modelRate = modelRate;
    this.#engineRate = engineRate;
  }

  /** The stream begins anew, at position 0. */
  restart(): void {
    this.#origin = Number.NaN;
  }

  /**
   * The tick that starts at `startFrame` plays from model frame `position` on. Ticks do not begin on model frames, so
   * the origin stays unless it is off by more than that: after a gap.
   */
  anchor(startFrame: number, position: number): void {
    const ratio = this.#engineRate / this.#modelRate;
    const origin = startFrame - position * ratio;
    const slack = 2 * ratio + 1;
    if (!(Math.abs(origin - this.#origin) <= slack)) this.#origin = origin;
  }

  /** The nearest. */
  engineFrame(modelFrame: number): number {
    return Math.round(this.#origin + (modelFrame * this.#engineRate) / this.#modelRate);
  }

  /** The first at or after. Never one before the position of the tick that has this engine frame, but after a gap. */
  modelFrame(engineFrame: number): number {
    return Math.ceil(((engineFrame - this.#origin) * this.#modelRate) / this.#engineRate);
  }
}
