import type { AudioFormat, BlockDecoder, SoundBlock } from '../audio-reader.js';
import type { Bytes } from '../file-bytes.js';

/** A coding in blocks of a fixed length that hang on nothing before them, or on less than a block of it. */
export interface BlockCodec {
  readonly blockBytes: number;
  /** Of a whole block. */
  readonly blockFrames: number;
  /** Blocks to decode before the one that is wanted; 0 where each stands for itself. */
  readonly warmUpBlocks: number;
  /** What comes next follows on nothing. */
  restart(): void;
  /** Fills `out[c]` (blockFrames) from `block`, which may be the cut last one; returns the frames there are. */
  decode(block: Uint8Array, out: readonly Float32Array[]): number;
}

export interface BlocksLayout {
  readonly description: string;
  readonly sampleRate: number;
  readonly channels: number;
  readonly start: number;
  readonly length: number;
}

export class FixedBlockDecoder implements BlockDecoder {
  readonly format: AudioFormat;
  readonly #block: SoundBlock;
  readonly #frames: number;
  #index = 0;

  constructor(
    private readonly bytes: Bytes,
    private readonly layout: BlocksLayout,
    private readonly codec: BlockCodec,
  ) {
    const { description, sampleRate, channels, length } = layout;
    this.#frames = Math.ceil(length / codec.blockBytes) * codec.blockFrames;
    this.format = { description, sampleRate, channels, frames: this.#frames };
    this.#block = {
      channels: Array.from({ length: channels }, () => new Float32Array(codec.blockFrames)),
      numFrames: 0,
    };
  }

  next(): SoundBlock | undefined {
    const { blockBytes } = this.codec;
    const at = this.#index * blockBytes;
    const piece = this.bytes.read(this.layout.start + at, Math.min(blockBytes, this.layout.length - at));
    if (piece.length === 0) return undefined;
    const decoded = this.codec.decode(piece, this.#block.channels);
    this.#block.numFrames = decoded;
    this.#index++;
    return this.#block.numFrames > 0 ? this.#block : undefined;
  }

  async seek(frame: number): Promise<number> {
    this.codec.restart();
    const wanted = Math.floor(Math.min(frame, this.#frames) / this.codec.blockFrames);
    this.#index = Math.max(0, wanted - this.codec.warmUpBlocks);
    return this.#index * this.codec.blockFrames;
  }
}
