/** Pulses of a quarter note in a MIDI clock. */
const PULSES_PER_BEAT = 24;

/** A MIDI clock as a place in steps. Between two pulses it is taken to go on as it did between the two before. */
export class PulseClock {
  #stepsPerBeat: number;
  /** The place at pulse #base, from which pulses are counted. */
  #position = 0;
  #count = -1;
  #lastFrame = Number.NaN;
  #intervalFrames = 0;

  constructor(stepsPerBeat: number) {
    this.#stepsPerBeat = stepsPerBeat;
  }

  /** The next pulse is at `position`. */
  restart(position: number): void {
    this.#position = position;
    this.#count = -1;
  }

  /** While it is not counted, the place stays and the interval is still measured. */
  pulse(frame: number, isCounted: boolean): void {
    if (isCounted) this.#count++;
    if (frame > this.#lastFrame) this.#intervalFrames = frame - this.#lastFrame;
    this.#lastFrame = frame;
  }

  set stepsPerBeat(stepsPerBeat: number) {
    if (stepsPerBeat === this.#stepsPerBeat) return;
    this.#position = this.position;
    this.#count = 0;
    this.#stepsPerBeat = stepsPerBeat;
  }

  /** In steps, at the last pulse. */
  get position(): number {
    return this.#position + (Math.max(0, this.#count) * this.#stepsPerBeat) / PULSES_PER_BEAT;
  }

  /** Where the next pulse will be: until it comes, nothing from there on may be played. */
  get limit(): number {
    return this.#count < 0
      ? this.position
      : this.#position + ((this.#count + 1) * this.#stepsPerBeat) / PULSES_PER_BEAT;
  }

  /** Steps per frame; 0 before there were two pulses. */
  get speed(): number {
    return this.#intervalFrames > 0 ? this.#stepsPerBeat / PULSES_PER_BEAT / this.#intervalFrames : 0;
  }
}
