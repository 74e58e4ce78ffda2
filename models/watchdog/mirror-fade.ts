/**
 * After a cut the last frames are played backwards and fade out under what comes: both sides meet without a step, and
 * nothing has to be known of how the old sound would have gone on. models/native/stream/mirror_fade.h is its twin.
 * Allocates once.
 */
export class MirrorFade {
  private readonly fadeFrames: number;
  /** The last output: room for what is played backwards, and for what is written meanwhile. */
  private readonly history: Float32Array;
  private at = 0;
  /** Place in the history of the last frame before the cut, and frames of the fade that were played. */
  private cutAt = 0;
  private fadeAt: number;
  /** Of the fade under way. */
  private length: number;

  constructor(fadeFrames: number) {
    this.fadeFrames = Math.max(1, fadeFrames);
    this.history = new Float32Array(2 * this.fadeFrames);
    this.fadeAt = this.length = this.fadeFrames;
  }

  /** The next frame belongs to another sound: a fade of `frames`, at most those of the constructor, begins. */
  cut(frames = this.fadeFrames): void {
    this.cutAt = this.at === 0 ? this.history.length - 1 : this.at - 1;
    this.fadeAt = 0;
    this.length = Math.min(frames, this.fadeFrames);
  }

  /** Nothing was played before, nothing fades. */
  restart(): void {
    this.history.fill(0);
    this.fadeAt = this.length;
  }

  /** Goes on as the other, of the same length, does. */
  copyFrom(other: MirrorFade): void {
    this.history.set(other.history);
    this.at = other.at;
    this.cutAt = other.cutAt;
    this.fadeAt = other.fadeAt;
    this.length = other.length;
  }

  /** In place. */
  process(frames: Float32Array, numFrames: number): void {
    const { history, length } = this;
    for (let i = 0; i < numFrames; i++) {
      if (this.fadeAt < length) {
        const old = history[(this.cutAt - this.fadeAt + history.length) % history.length]!;
        this.fadeAt++;
        frames[i] = old + (frames[i]! - old) * (this.fadeAt / (length + 1));
      }
      history[this.at] = frames[i]!;
      if (++this.at === history.length) this.at = 0;
    }
  }
}
