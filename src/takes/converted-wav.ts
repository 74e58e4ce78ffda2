/** A WAV file at a rate of its own, of sound that comes block by block. Off the audio path. */
import type { AudioBlock } from '../../graph/index.js';
import {
  delayInOutputFrames,
  designResamplerFilter,
  fineQuality,
  Resampler,
  type SampleFormat,
  WavWriter,
} from '../../nodes/index.js';

export interface ConvertedWavOptions {
  readonly path: string;
  readonly channels: number;
  /** Hz, of what comes. */
  readonly fromRate: number;
  /** Hz, of the file. The same as `fromRate`: the samples are those that came. */
  readonly sampleRate: number;
  readonly sampleFormat: SampleFormat;
  readonly comment: string;
}

/** Pushed and pulled at once. */
const pieceFrames = 1024;

export class ConvertedWav {
  private readonly writer: WavWriter;
  private readonly resampler: Resampler | undefined;
  private readonly pulled: { readonly channels: readonly Float32Array[] };
  /** Frames of the filter's delay that still have to be left out. */
  private skip = 0;
  private taken = 0;
  private written = 0;

  /** Throws a coded error when the file cannot be made. */
  constructor(private readonly options: ConvertedWavOptions) {
    const { path, channels, fromRate, sampleRate, sampleFormat, comment } = options;
    this.pulled = { channels: Array.from({ length: channels }, () => new Float32Array(pieceFrames)) };
    if (fromRate !== sampleRate) {
      const filter = designResamplerFilter(fromRate, sampleRate, fineQuality);
      this.resampler = new Resampler({ channels, filter, maxInputFrames: pieceFrames });
      this.skip = Math.round(delayInOutputFrames(filter));
    }
    this.writer = WavWriter.open({
      path,
      info: { software: 'sashimi-live', comment },
      seed: 0,
      mode: 'offline',
    });
    this.writer.begin({ sampleRate, channels, sampleFormat });
  }

  /** `block` has at least as many channels as the file. Throws when the disk refuses. */
  add(block: AudioBlock, numFrames: number): void {
    this.taken += numFrames;
    const { resampler, writer } = this;
    if (resampler === undefined) writer.write(block, numFrames);
    else this.convert(resampler, block, numFrames, Number.POSITIVE_INFINITY);
    if (writer.failure !== undefined) throw writer.failure;
  }

  /** Writes what the filter still holds, so that the file is as long as the sound. */
  async close(): Promise<void> {
    const { resampler, options } = this;
    try {
      if (resampler !== undefined) {
        const total = Math.round((this.taken * options.sampleRate) / options.fromRate);
        const silence = {
          channels: Array.from({ length: options.channels }, () => new Float32Array(pieceFrames)),
        };
        while (this.written < total) this.convert(resampler, silence, pieceFrames, total);
      }
    } finally {
      await this.writer.close();
    }
  }

  private convert(resampler: Resampler, block: AudioBlock, numFrames: number, most: number): void {
    for (let at = 0; at < numFrames; ) {
      const pushed = Math.min(pieceFrames, numFrames - at);
      resampler.push(block.channels as readonly Float32Array[], at, pushed);
      at += pushed;
      for (let n = this.pull(resampler); n > 0; n = this.pull(resampler)) {
        const kept = Math.min(n, most - this.written);
        this.writer.write(this.pulled, kept);
        this.written += kept;
      }
    }
  }

  private pull(resampler: Resampler): number {
    while (this.skip > 0) {
      const skipped = resampler.pull(this.pulled.channels, 0, Math.min(this.skip, pieceFrames));
      if (skipped === 0) return 0;
      this.skip -= skipped;
    }
    return resampler.pull(this.pulled.channels, 0, pieceFrames);
  }
}
