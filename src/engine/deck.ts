/**
 * The patches that sound: one that stays or comes in, and those that fade out.
 * A new patch and the old one run side by side under an equal-power cross-fade. Audio thread.
 */
import { type AudioBlock, msToFrames } from '../../graph/index.js';

/** What the deck needs of a running patch: a GraphRun has it. */
export interface DeckRun {
  tick(startFrame: number, numFrames: number): void;
  /** Of the last tick; any channel count. Borrowed. */
  output(): AudioBlock;
}

interface Slot<R> {
  readonly run: R;
  /** 0 silent, 1 full; the gain is its quarter sine, so that two slots in opposite motion keep their power. */
  phase: number;
  /** Added to the phase every frame; below 0 the slot is on its way out. */
  slope: number;
}

/** Patches that may take their time to fade out; one more hurries the oldest. */
const maxLeaving = 4;
/** Of one that is hurried. */
const hurriedMs = 30;
/** More than these do not play at once: the oldest, hurried long since, ends. */
const mostLeaving = 12;

export class Deck<R extends DeckRun> {
  /** The mix, rewritten every tick: `channels` of the engine. */
  readonly mix: AudioBlock;
  private playing: Slot<R> | undefined;
  private readonly leaving: Slot<R>[] = [];
  private readonly gain: Float32Array;

  /** `retired` gets each run when its last frame has sounded; it is called on the audio thread. */
  constructor(
    channels: number,
    maxBlockFrames: number,
    private readonly sampleRate: number,
    private readonly retired: (run: R) => void,
  ) {
    this.mix = { channels: Array.from({ length: channels }, () => new Float32Array(maxBlockFrames)) };
    this.gain = new Float32Array(maxBlockFrames);
  }

  /** The run that stays, or comes in. */
  get current(): R | undefined {
    return this.playing?.run;
  }

  /** Every run that still sounds. */
  *runs(): Iterable<R> {
    if (this.playing !== undefined) yield this.playing.run;
    for (const slot of this.leaving) yield slot.run;
  }

  /** Puts `run` on, from full gain at once when `fadeMs` is 0; what played fades out over the same time. */
  put(run: R, fadeMs: number): void {
    this.clear(fadeMs);
    const frames = msToFrames(fadeMs, this.sampleRate);
    this.playing = { run, phase: frames === 0 ? 1 : 0, slope: frames === 0 ? 0 : 1 / frames };
  }

  /** Fades everything out and leaves the deck empty. */
  clear(fadeMs: number): void {
    const slope = -1 / Math.max(1, msToFrames(fadeMs, this.sampleRate));
    for (const slot of this.leaving) slot.slope = Math.min(slot.slope, slope);
    if (this.playing === undefined) return;
    this.playing.slope = slope;
    this.leaving.push(this.playing);
    this.playing = undefined;
    const hurried = -1 / Math.max(1, msToFrames(hurriedMs, this.sampleRate));
    for (let i = 0; i < this.leaving.length - maxLeaving; i++) {
      this.leaving[i]!.slope = Math.min(this.leaving[i]!.slope, hurried);
    }
    if (this.leaving.length > mostLeaving) this.retired(this.leaving.shift()!.run);
  }

  tick(startFrame: number, numFrames: number): void {
    for (let c = 0; c < this.mix.channels.length; c++) this.mix.channels[c]!.fill(0, 0, numFrames);
    if (this.playing !== undefined) this.add(this.playing, startFrame, numFrames);
    for (let i = this.leaving.length - 1; i >= 0; i--) {
      const slot = this.leaving[i]!;
      this.add(slot, startFrame, numFrames);
      if (slot.phase > 0) continue;
      this.leaving.splice(i, 1);
      this.retired(slot.run);
    }
  }

  private add(slot: Slot<R>, startFrame: number, numFrames: number): void {
    slot.run.tick(startFrame, numFrames);
    const isSteady = slot.slope === 0;
    if (!isSteady) this.writeGain(slot, numFrames);
    const from = slot.run.output().channels;
    const to = this.mix.channels;
    if (to.length === 1 && from.length > 1) {
      // A wider patch on one channel: all of it is heard.
      for (let c = 0; c < from.length; c++)
        this.addChannel(from[c]!, to[0]!, numFrames, isSteady, 1 / from.length);
      return;
    }
    for (let c = 0; c < to.length; c++) {
      // A patch of one channel sounds on all; of a wider one than the engine the first channels are heard.
      const x = from.length === 1 ? from[0] : from[c];
      if (x !== undefined) this.addChannel(x, to[c]!, numFrames, isSteady, 1);
    }
  }

  private addChannel(
    x: Float32Array,
    out: Float32Array,
    numFrames: number,
    isSteady: boolean,
    scale: number,
  ): void {
    const { gain } = this;
    if (isSteady) for (let i = 0; i < numFrames; i++) out[i] = out[i]! + x[i]! * scale;
    else for (let i = 0; i < numFrames; i++) out[i] = out[i]! + x[i]! * gain[i]! * scale;
  }

  private writeGain(slot: Slot<R>, numFrames: number): void {
    let { phase } = slot;
    for (let i = 0; i < numFrames; i++) {
      phase = Math.min(1, Math.max(0, phase + slot.slope));
      this.gain[i] = Math.sin((phase * Math.PI) / 2);
    }
    slot.phase = phase;
    if (slot.slope > 0 && phase >= 1) slot.slope = 0;
  }
}
