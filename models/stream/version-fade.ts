/** Of a change that comes late: RunAheadOptions in native/stream/run_ahead.h. */
const FADE_MS = 4;

/**
 * Fades from what a stream would have played into another version of it, as native/stream/lane_reader.h does, whose twin this is, to
 * the bit. For replays; allocates.
 */
export class VersionFade {
  /** Of a fade. */
  readonly numFrames: number;
  /** What the last fade fades out. */
  private tail: Float32Array;
  /** Frames of that fade that were played. */
  private at: number;
  private last = 0;

  constructor(sampleRate: number) {
    this.numFrames = Math.max(1, Math.trunc(FADE_MS * 0.001 * sampleRate));
    this.tail = new Float32Array(this.numFrames);
    this.at = this.numFrames;
  }

  /** Nothing fades, and what comes next begins. */
  restart(): void {
    this.at = this.numFrames;
  }

  /** What comes next is another version. Of the old one `left`, at most `numFrames`, come next; then its last frame holds. */
  cut(left: Float32Array): void {
    const tail = new Float32Array(this.numFrames);
    let sample = this.last;
    for (let i = 0; i < this.numFrames; i++) {
      if (i < left.length) sample = left[i]!;
      tail[i] = this.faded(i, sample);
    }
    this.tail = tail;
    this.at = 0;
  }

  /** In place. */
  process(frames: Float32Array): void {
    if (frames.length === 0) return;
    if (this.at < this.numFrames) {
      for (let i = 0; i < frames.length; i++) frames[i] = this.faded(i, frames[i]!);
      this.at = Math.min(this.numFrames, this.at + frames.length);
    }
    this.last = frames.at(-1)!;
  }

  /** Rounded to single precision after every operation. */
  private faded(offset: number, sample: number): number {
    const at = this.at + offset;
    if (at >= this.numFrames) return sample;
    const share = Math.fround((at + 1) / (this.numFrames + 1));
    const old = this.tail[at]!;
    return Math.fround(old + Math.fround(Math.fround(sample - old) * share));
  }
}
