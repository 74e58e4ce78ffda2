/** What every decoder of audio files is, whatever the format. For one caller, on a thread that may wait. */

export interface AudioFormat {
  /** For people: `WAV, 24 bits`. */
  readonly description: string;
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** As far as the file says; undefined where only decoding all of it would tell. Never trusted for memory. */
  readonly frames: number | undefined;
}

/** Frames [0, numFrames) of `channels[c][i]`, nominal range [-1, 1]. Borrowed until the next call. */
export interface SoundBlock {
  readonly channels: readonly Float32Array[];
  numFrames: number;
}

/** Makes sound of the pieces in which a format codes it. */
export interface BlockDecoder {
  readonly format: AudioFormat;
  /** The next piece, of any length but 0; undefined after the last. Damage is told to `Faults` and passed over. */
  next(): SoundBlock | undefined;
  /** Goes on with a piece that begins at frame `frame` or before it; returns the frame with which it begins. */
  seek(frame: number): Promise<number>;
}

/** What was found to be wrong with a file while it was decoded, each kind once. */
export class Faults {
  readonly list: string[] = [];

  /** `sentence` without the file's name. */
  add(sentence: string): void {
    if (this.list.length < 8 && !this.list.includes(sentence)) this.list.push(sentence);
  }
}

/** A file from any frame on, in pieces of the size that is asked for. */
export class AudioReader {
  readonly format: AudioFormat;
  #block: SoundBlock | undefined;
  /** Frames of the block that were given. */
  #given = 0;

  constructor(
    private readonly decoder: BlockDecoder,
    readonly faults: Faults,
    private readonly source: { close(): void },
  ) {
    this.format = decoder.format;
  }

  /** Fills `out[c][offset..]` with up to `numFrames`; returns how many there were, 0 at the end only. */
  read(out: readonly Float32Array[], offset: number, numFrames: number): number {
    let done = 0;
    while (done < numFrames) {
      if (this.#block === undefined || this.#given >= this.#block.numFrames) {
        this.#block = this.decoder.next();
        this.#given = 0;
        if (this.#block === undefined) break;
      }
      const count = Math.min(numFrames - done, this.#block.numFrames - this.#given);
      for (let c = 0; c < out.length; c++) {
        const from = this.#block.channels[c]!;
        out[c]!.set(from.subarray(this.#given, this.#given + count), offset + done);
      }
      this.#given += count;
      done += count;
    }
    return done;
  }

  /** The next read begins with this frame; beyond the end it gives none. */
  async seek(frame: number): Promise<void> {
    let at = await this.decoder.seek(frame);
    this.#block = undefined;
    this.#given = 0;
    while (at < frame) {
      this.#block = this.decoder.next();
      if (this.#block === undefined) return;
      this.#given = Math.min(this.#block.numFrames, frame - at);
      at += this.#block.numFrames;
    }
  }

  close(): void {
    this.source.close();
  }
}
