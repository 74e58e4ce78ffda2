/** One source gives way to another at a place that reads audio: equal gain, along half a cosine. Allocates when made, not when run. */
import type { AudioBlock } from './node.js';
import type { NodeRunner } from './node-runner.js';
import { msToFrames } from './units.js';

/** How long a change of the graph takes to be heard in full. */
export const editFadeMs = 30;

/** Share of the new source, frame by frame; one curve for all fades of a graph, which begin together. */
export class FadeCurve {
  readonly share: Float32Array;
  /** Frames of the fade that have been played. */
  position = 0;

  constructor(sampleRate: number) {
    const numFrames = Math.max(1, msToFrames(editFadeMs, sampleRate));
    this.share = Float32Array.from(
      { length: numFrames },
      (_, i) => 0.5 - 0.5 * Math.cos((Math.PI * (i + 1)) / (numFrames + 1)),
    );
    this.position = numFrames;
  }

  get framesLeft(): number {
    return this.share.length - this.position;
  }

  begin(): void {
    this.position = 0;
  }

  advance(numFrames: number): void {
    this.position = Math.min(this.share.length, this.position + numFrames);
  }
}

export class Crossfade {
  private readonly mixed: AudioBlock;

  /** `from` is the runner that gives way; undefined for silence. `channels`: of the wider source. */
  constructor(
    readonly from: NodeRunner | undefined,
    private readonly port: string,
    channels: number,
    maxBlockFrames: number,
  ) {
    this.mixed = { channels: Array.from({ length: channels }, () => new Float32Array(maxBlockFrames)) };
  }

  /** What is heard in this tick on the way to `to`. Where one of the two has one channel, it sounds on all. Borrowed. */
  towards(to: AudioBlock, curve: FadeCurve, numFrames: number): AudioBlock {
    const old = this.from === undefined ? undefined : (this.from.current[this.port] as AudioBlock);
    const { position, share } = curve;
    const fading = Math.min(numFrames, share.length - position);
    for (let c = 0; c < this.mixed.channels.length; c++) {
      const out = this.mixed.channels[c]!;
      const b = to.channels.length === 1 ? to.channels[0]! : to.channels[c]!;
      const a =
        old === undefined ? undefined : old.channels.length === 1 ? old.channels[0]! : old.channels[c]!;
      if (a === undefined) for (let i = 0; i < fading; i++) out[i] = b[i]! * share[position + i]!;
      else for (let i = 0; i < fading; i++) out[i] = a[i]! + (b[i]! - a[i]!) * share[position + i]!;
      for (let i = fading; i < numFrames; i++) out[i] = b[i]!;
    }
    return this.mixed;
  }
}
