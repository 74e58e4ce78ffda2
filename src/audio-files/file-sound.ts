/** A file as somebody wants to hear it: a number of channels, a rate, from a place on, round and round. */
import {
  delayInOutputFrames,
  designResamplerFilter,
  fineQuality,
  Resampler,
  type ResamplerFilter,
} from '../../nodes/index.js';
import type { AudioReader } from './audio-reader.js';
import { AudioFileError } from './errors.js';

/** Frames of the file in one piece. */
const PIECE_FRAMES = 1024;
/** More than this above full scale is no sound, and would overflow further on. */
const MOST_AMPLITUDE = 64;
/** A shorter loop is a tone, not a loop. */
const LEAST_LOOP_SECONDS = 0.005;

export interface SoundWish {
  /** 1 is the mean of all. Of 2, one channel sounds on both, and the third and later ones on both. */
  readonly channels: 1 | 2;
  /** Hz. */
  readonly sampleRate: number;
  /** Undefined for once. `endSeconds` undefined is the end of the file. */
  readonly loop: { readonly startSeconds: number; readonly endSeconds: number | undefined } | undefined;
}

/** Allocates as it goes: for threads that may. */
export class FileSound {
  readonly #filter: ResamplerFilter | undefined;
  readonly #loopStart: number;
  readonly #loopEnd: number;
  readonly #piece: Float32Array[];
  readonly #folded: Float32Array[];
  #resampler: Resampler | undefined;
  /** Frame of the file that is read next. */
  #at = 0;
  /** Output frames that are still the delay of the filter. */
  #toSkip = 0;
  /** Zeros that push the last sound out of the filter, as far as they are due. */
  #tailFrames = 0;
  #isOver = false;

  /** Throws AUDIO_FILE_UNSUPPORTED for a rate that is too far away, and AUDIO_FILE_RANGE for a loop that is none. */
  constructor(
    private readonly reader: AudioReader,
    private readonly wish: SoundWish,
  ) {
    const { sampleRate, channels, frames } = reader.format;
    this.#filter = sampleRate === wish.sampleRate ? undefined : filterOf(sampleRate, wish.sampleRate);
    this.#piece = Array.from({ length: channels }, () => new Float32Array(PIECE_FRAMES));
    this.#folded = Array.from({ length: wish.channels }, () => new Float32Array(PIECE_FRAMES));
    this.#loopStart = Math.round((wish.loop?.startSeconds ?? 0) * sampleRate);
    const end = wish.loop?.endSeconds;
    this.#loopEnd = end === undefined ? Number.POSITIVE_INFINITY : Math.round(end * sampleRate);
    const last = Math.min(this.#loopEnd, frames ?? Number.POSITIVE_INFINITY);
    if (wish.loop !== undefined && frames !== 0 && last - this.#loopStart < LEAST_LOOP_SECONDS * sampleRate) {
      throw new AudioFileError(
        'AUDIO_FILE_RANGE',
        `A loop from ${wish.loop.startSeconds} to ${end ?? 'the end'} s is none: the file has ${describeLength(reader)}.`,
      );
    }
    this.#begin();
  }

  /** From here on, at the rate of the file; beyond its end there is nothing. */
  async seek(seconds: number): Promise<void> {
    this.#at = Math.max(0, Math.round(seconds * this.reader.format.sampleRate));
    await this.reader.seek(this.#at);
    this.#begin();
  }

  /** Fills `out[c][offset..]`; returns how many frames there were, fewer than asked for at the end only. */
  async read(out: readonly Float32Array[], offset: number, numFrames: number): Promise<number> {
    let done = 0;
    while (done < numFrames) {
      const count = await this.#give(out, offset + done, numFrames - done);
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  async #give(out: readonly Float32Array[], offset: number, numFrames: number): Promise<number> {
    const resampler = this.#resampler;
    if (resampler === undefined) {
      const count = await this.#take(Math.min(numFrames, PIECE_FRAMES));
      for (const [c, from] of this.#folded.entries()) out[c]!.set(from.subarray(0, count), offset);
      return count;
    }
    for (;;) {
      if (this.#toSkip > 0) {
        this.#toSkip -= resampler.pull(this.#folded, 0, Math.min(this.#toSkip, PIECE_FRAMES));
      }
      const count = this.#toSkip > 0 ? 0 : resampler.pull(out, offset, numFrames);
      if (count > 0) return count;
      if (!(await this.#feed(resampler))) return 0;
    }
  }

  /** False when nothing more will come. */
  async #feed(resampler: Resampler): Promise<boolean> {
    const count = await this.#take(PIECE_FRAMES);
    if (count > 0) {
      resampler.push(this.#folded, 0, count);
      return true;
    }
    const zeros = Math.min(this.#tailFrames, PIECE_FRAMES);
    if (zeros === 0) return false;
    for (const channel of this.#folded) channel.fill(0, 0, zeros);
    resampler.push(this.#folded, 0, zeros);
    this.#tailFrames -= zeros;
    return true;
  }

  /** The next frames of the file, round the loop, folded and clean, into `#folded`. */
  async #take(numFrames: number): Promise<number> {
    if (this.#isOver) return 0;
    for (let hasTurned = false; ; hasTurned = true) {
      const isBefore = this.wish.loop === undefined || this.#at < this.#loopEnd;
      const left = isBefore && this.wish.loop !== undefined ? this.#loopEnd - this.#at : numFrames;
      const count =
        this.#at >= this.#loopEnd ? 0 : this.reader.read(this.#piece, 0, Math.min(numFrames, left));
      this.#at += count;
      if (count > 0) {
        this.#clean(count);
        this.#fold(count);
        return count;
      }
      if (this.wish.loop === undefined || hasTurned) break;
      this.#at = this.#loopStart;
      await this.reader.seek(this.#loopStart);
    }
    this.#isOver = true;
    return 0;
  }

  #clean(count: number): void {
    let bad = 0;
    for (const channel of this.#piece) {
      for (let i = 0; i < count; i++) {
        const x = channel[i]!;
        if (x >= -MOST_AMPLITUDE && x <= MOST_AMPLITUDE) continue;
        channel[i] = 0;
        bad++;
      }
    }
    if (bad > 0) this.reader.faults.add('some of its samples are no finite numbers: they are silence');
  }

  #fold(count: number): void {
    const piece = this.#piece;
    if (this.wish.channels === 1) {
      mean(piece, this.#folded[0]!, count);
      return;
    }
    for (const [c, to] of this.#folded.entries()) {
      if (piece.length <= 2) to.set((piece[c] ?? piece[0]!).subarray(0, count));
      else mean([piece[c]!, ...piece.slice(2)], to, count);
    }
  }

  #begin(): void {
    this.#isOver = false;
    const filter = this.#filter;
    if (filter === undefined) return;
    this.#resampler = new Resampler({
      channels: this.wish.channels,
      filter,
      maxInputFrames: 2 * PIECE_FRAMES,
    });
    this.#toSkip = Math.round(delayInOutputFrames(filter));
    this.#tailFrames = filter.delayFrames;
  }
}

export function describeLength({ format }: AudioReader): string {
  return format.frames === undefined
    ? 'a length that it does not say'
    : `${(format.frames / format.sampleRate).toFixed(2)} s`;
}

function filterOf(from: number, to: number): ResamplerFilter {
  try {
    return designResamplerFilter(from, to, fineQuality);
  } catch (cause) {
    throw new AudioFileError('AUDIO_FILE_UNSUPPORTED', `Its ${from} Hz are too far from the ${to} Hz here.`, {
      cause,
    });
  }
}

function mean(channels: readonly Float32Array[], out: Float32Array, count: number): void {
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let c = 0; c < channels.length; c++) sum += channels[c]![i]!;
    out[i] = sum / channels.length;
  }
}
