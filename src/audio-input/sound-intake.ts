/** Makes two channels at the rate of the engine of the bytes that come from a device, on the thread that captures. */
import { designResamplerFilter, fineQuality, Resampler } from '../../nodes/index.js';
import { type CaptureFormat, type CaptureWish, channelsFor } from './capture-program.js';
import { type InputRingWriter, RING_CHANNELS } from './input-ring.js';

/** Frames in one go. */
const PIECE_FRAMES = 1024;
/** More than this above full scale is no sound. */
const MOST_AMPLITUDE = 64;

export class SoundIntake {
  readonly #ring: InputRingWriter;
  /** Of the device, for the two of the ring. */
  readonly #sources: readonly number[];
  /** A frame that came in pieces. */
  readonly #frame: Uint8Array;
  readonly #values: Float32Array;
  #filledBytes = 0;
  readonly #piece: Float32Array[];
  #filled = 0;
  readonly #resampler: Resampler | undefined;
  readonly #resampled: Float32Array[];

  constructor(format: CaptureFormat, wish: CaptureWish, ring: InputRingWriter) {
    this.#ring = ring;
    const first = Math.min(wish.firstChannel, format.channels) - 1;
    // A device with fewer channels than are asked for sounds on both sides.
    this.#sources = [first, Math.min(channelsFor(wish), format.channels) - 1];
    this.#values = new Float32Array(format.channels);
    this.#frame = new Uint8Array(this.#values.buffer);
    const channels = { length: RING_CHANNELS };
    this.#piece = Array.from(channels, () => new Float32Array(PIECE_FRAMES));
    if (format.sampleRate !== wish.sampleRate) {
      const filter = designResamplerFilter(format.sampleRate, wish.sampleRate, fineQuality);
      this.#resampler = new Resampler({ channels: RING_CHANNELS, filter, maxInputFrames: PIECE_FRAMES });
    }
    this.#resampled = Array.from(channels, () => new Float32Array(PIECE_FRAMES));
  }

  /** Interleaved float32, cut anywhere. */
  take(bytes: Uint8Array): void {
    const { length } = this.#frame;
    for (let at = 0; at < bytes.length; ) {
      const count = Math.min(length - this.#filledBytes, bytes.length - at);
      for (let i = 0; i < count; i++) this.#frame[this.#filledBytes + i] = bytes[at + i]!;
      at += count;
      this.#filledBytes += count;
      if (this.#filledBytes < length) break;
      this.#filledBytes = 0;
      this.#takeFrame();
    }
    this.#flush();
  }

  #takeFrame(): void {
    for (let c = 0; c < RING_CHANNELS; c++) {
      const x = this.#values[this.#sources[c]!]!;
      this.#piece[c]![this.#filled] = x >= -MOST_AMPLITUDE && x <= MOST_AMPLITUDE ? x : 0;
    }
    if (++this.#filled === PIECE_FRAMES) this.#flush();
  }

  #flush(): void {
    const resampler = this.#resampler;
    const numFrames = this.#filled;
    this.#filled = 0;
    if (resampler === undefined) {
      this.#ring.write(this.#piece, numFrames);
      return;
    }
    resampler.push(this.#piece, 0, numFrames);
    for (;;) {
      const count = resampler.pull(this.#resampled, 0, PIECE_FRAMES);
      if (count === 0) return;
      this.#ring.write(this.#resampled, count);
    }
  }
}
