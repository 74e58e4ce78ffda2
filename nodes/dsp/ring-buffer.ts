import { NodeError } from '../errors.js';
import type { Samples } from './samples.js';

/**
 * The last `capacityFrames` of a stream, addressed by absolute frame: frame f of everything ever written
 * is at f as long as it is kept. One thread; nothing is allocated after construction.
 */
export class RingBuffer {
  readonly channels: number;
  readonly capacityFrames: number;
  #head = 0;
  /** `#head` modulo the capacity: kept apart so that no lookup divides a number past 2^31. */
  #headSlot = 0;
  readonly #data: Float64Array[] = [];

  constructor(channels: number, capacityFrames: number) {
    if (!Number.isInteger(capacityFrames) || capacityFrames < 1) {
      throw new NodeError(
        'NODE_ARGUMENT',
        `expected a ring of 1 frame or more but received ${capacityFrames}`,
      );
    }
    this.channels = channels;
    this.capacityFrames = capacityFrames;
    for (let c = 0; c < channels; c++) this.#data.push(new Float64Array(capacityFrames));
  }

  /** Frames written so far: the absolute frame that is written next. */
  get head(): number {
    return this.#head;
  }

  /** The oldest absolute frame that is still kept. */
  get tail(): number {
    return Math.max(0, this.#head - this.capacityFrames);
  }

  /** Appends `numFrames` of `block[channel]`, from `offset` on. */
  write(block: readonly Samples[], offset: number, numFrames: number): void {
    for (let c = 0; c < this.channels; c++) {
      const from = block[c]!;
      const data = this.#data[c]!;
      let slot = this.#headSlot;
      for (let i = 0; i < numFrames; i++) {
        data[slot] = from[offset + i]!;
        if (++slot === this.capacityFrames) slot = 0;
      }
    }
    this.#head += numFrames;
    this.#headSlot = (this.#headSlot + numFrames) % this.capacityFrames;
  }

  /** Sample at an absolute frame; 0 where it is no longer, or not yet, kept. */
  at(channel: number, frame: number): number {
    const back = this.#head - frame;
    if (back <= 0 || back > this.capacityFrames || frame < 0) return 0;
    const slot = this.#headSlot - back;
    return this.#data[channel]![slot < 0 ? slot + this.capacityFrames : slot]!;
  }

  /**
   * Reads `into[0..numFrames)` at absolute positions `position + i * step`, zeros where nothing is kept.
   * Between frames a cubic through the four neighbours (Catmull-Rom); exact on whole frames.
   */
  read(channel: number, position: number, step: number, into: Samples, numFrames: number): void {
    const whole = Math.floor(position);
    const part = position - whole;
    for (let i = 0; i < numFrames; i++) {
      const at = part + i * step;
      const frames = Math.floor(at);
      const t = at - frames;
      const y0 = this.at(channel, whole + frames);
      into[i] = t === 0 ? y0 : this.#between(channel, whole + frames, y0, t);
    }
  }

  #between(channel: number, frame: number, y0: number, t: number): number {
    const before = this.at(channel, frame - 1);
    const y1 = this.at(channel, frame + 1);
    const after = this.at(channel, frame + 2);
    const a = 1.5 * (y0 - y1) + 0.5 * (after - before);
    const b = before - 2.5 * y0 + 2 * y1 - 0.5 * after;
    return ((a * t + b) * t + 0.5 * (y1 - before)) * t + y0;
  }

  /** Forgets everything; the next frame is frame 0. */
  clear(): void {
    this.#head = 0;
    this.#headSlot = 0;
    for (const data of this.#data) data.fill(0);
  }
}
