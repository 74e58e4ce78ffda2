import type { AudioFormat, BlockDecoder, SoundBlock } from '../audio-reader.js';
import { AudioFileError } from '../errors.js';
import { type Bytes, viewOf } from '../file-bytes.js';
import { type SampleAt, type SampleEncoding, sampleReader } from './encoding.js';

const BLOCK_FRAMES = 2048;

export interface PcmLayout {
  readonly description: string;
  readonly sampleRate: number;
  readonly channels: number;
  readonly encoding: SampleEncoding;
  /** Where the samples are in the file, in bytes; within it. */
  readonly start: number;
  readonly length: number;
}

/** Samples as they are, frame after frame. */
export class PcmDecoder implements BlockDecoder {
  readonly format: AudioFormat;
  readonly #frames: number;
  readonly #frameBytes: number;
  readonly #sampleAt: SampleAt;
  readonly #block: SoundBlock;
  #frame = 0;

  /** Throws AUDIO_FILE_UNSUPPORTED for samples of another width. */
  constructor(
    private readonly bytes: Bytes,
    private readonly layout: PcmLayout,
  ) {
    const { channels, encoding, sampleRate, description } = layout;
    const sampleAt = sampleReader(encoding);
    if (sampleAt === undefined) {
      throw new AudioFileError(
        'AUDIO_FILE_UNSUPPORTED',
        `Its samples are of kind ${encoding.kind} with ${8 * encoding.valueBytes} bits, which is not read here.`,
      );
    }
    this.#sampleAt = sampleAt;
    this.#frameBytes = channels * encoding.bytes;
    this.#frames = Math.floor(layout.length / this.#frameBytes);
    this.format = { description, sampleRate, channels, frames: this.#frames };
    this.#block = {
      channels: Array.from({ length: channels }, () => new Float32Array(BLOCK_FRAMES)),
      numFrames: 0,
    };
  }

  next(): SoundBlock | undefined {
    const { start, channels, encoding } = this.layout;
    const wanted = Math.min(BLOCK_FRAMES, this.#frames - this.#frame);
    const piece = this.bytes.read(start + this.#frame * this.#frameBytes, wanted * this.#frameBytes);
    const count = Math.floor(piece.length / this.#frameBytes);
    if (count <= 0) return undefined;
    const view = viewOf(piece);
    for (let c = 0; c < channels; c++) {
      const out = this.#block.channels[c]!;
      for (let i = 0; i < count; i++) {
        out[i] = this.#sampleAt(view, i * this.#frameBytes + c * encoding.bytes);
      }
    }
    this.#block.numFrames = count;
    this.#frame += count;
    return this.#block;
  }

  async seek(frame: number): Promise<number> {
    this.#frame = Math.min(frame, this.#frames);
    return this.#frame;
  }
}
