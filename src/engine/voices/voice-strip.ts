/**
 * The channel strip of one voice: to one channel, gain, fade, distance, and round the ring into the mix.
 * All of it moves per sample and does not depend on how time is cut into ticks. Audio thread; allocates nothing after
 * construction, except `setGain`.
 */
import { type AudioBlock, msToFrames, ParamStore } from '../../../graph/index.js';
import { levelGain } from '../../../nodes/index.js';
import { VOICE_PARAMS } from '../../control/index.js';
import { airCoefficient, distanceGain } from './distance.js';
import { nearestTurn, ringGains } from './ring-pan.js';

/** A voice begins with a fade that takes no attack from it, but a click. */
export const attackMs = 2;
/** No move is quicker: a jump would click. */
export const leastMoveMs = 5;
/** While a voice moves its gains are exact at the ends of such pieces, and go straight between them. */
const pieceFrames = 32;
/** Below this the low-pass has come to rest. */
const silent = 1e-20;

export interface VoicePlace {
  /** Degrees: 0 in front, clockwise. */
  readonly azimuth: number;
  /** Metres. */
  readonly distance: number;
}

export class VoiceStrip {
  private readonly level: ParamStore;
  private readonly mono: Float32Array;
  private readonly ramp: Float32Array;
  private azimuth: number;
  private distance: number;
  private targetAzimuth: number;
  private targetDistance: number;
  /** Frames of the way that are still to go, and of the piece under way. */
  private moveLeft = 0;
  private pieceLeft = 0;
  /** Per channel, and what is added to it every frame of the piece. */
  private readonly gains: Float64Array;
  private readonly steps: Float64Array;
  private readonly ends: Float64Array;
  private air: number;
  private airStep = 0;
  private heard = 0;
  /** 0 silent, 1 full; the gain is its quarter sine. */
  private phase = 0;
  private slope: number;

  constructor(
    place: VoicePlace,
    gainDb: number,
    channels: number,
    maxBlockFrames: number,
    private readonly sampleRate: number,
  ) {
    this.level = new ParamStore(VOICE_PARAMS, { gain: gainDb }, sampleRate);
    this.mono = new Float32Array(maxBlockFrames);
    this.ramp = new Float32Array(maxBlockFrames);
    this.azimuth = this.targetAzimuth = place.azimuth;
    this.distance = this.targetDistance = place.distance;
    this.gains = new Float64Array(channels);
    this.steps = new Float64Array(channels);
    this.ends = new Float64Array(channels);
    this.slope = 1 / Math.max(1, msToFrames(attackMs, sampleRate));
    this.gainsHere(this.gains);
    this.air = airCoefficient(this.distance, sampleRate);
  }

  /** Whether the last frame of its fade has sounded. */
  get isOver(): boolean {
    return this.slope < 0 && this.phase <= 0;
  }

  get isLeaving(): boolean {
    return this.slope < 0;
  }

  /** Clamped and told by whoever asks; see `ParamStore.set`. */
  setGain(gainDb: unknown, rampMs?: number): void {
    this.level.set('gain', gainDb, rampMs);
  }

  move({ azimuth, distance }: VoicePlace, rampMs: number): void {
    this.targetAzimuth = nearestTurn(this.azimuth, azimuth);
    this.targetDistance = distance;
    this.moveLeft = Math.max(1, msToFrames(Math.max(leastMoveMs, rampMs), this.sampleRate));
    this.pieceLeft = 0;
  }

  /** Out, at least as fast as this. */
  fadeOut(fadeMs: number): void {
    const slope = -1 / Math.max(1, msToFrames(fadeMs, this.sampleRate));
    this.slope = this.slope < 0 ? Math.min(this.slope, slope) : slope;
  }

  /** Adds `numFrames` of `from` to `mix`. */
  add(from: AudioBlock, mix: AudioBlock, numFrames: number): void {
    this.sum(from, numFrames);
    this.scale(numFrames);
    for (let done = 0; done < numFrames; ) {
      if (this.pieceLeft === 0) this.beginPiece();
      const count = Math.min(numFrames - done, this.pieceLeft);
      this.filter(done, count);
      for (let c = 0; c < mix.channels.length; c++) this.pan(c, mix.channels[c]!, done, count);
      this.pieceLeft -= count;
      done += count;
    }
  }

  /** A wider patch on one channel: all of it is heard. */
  private sum({ channels }: AudioBlock, numFrames: number): void {
    const { mono } = this;
    const scale = 1 / channels.length;
    const first = channels[0]!;
    for (let i = 0; i < numFrames; i++) mono[i] = first[i]! * scale;
    for (let c = 1; c < channels.length; c++) {
      const x = channels[c]!;
      for (let i = 0; i < numFrames; i++) mono[i] = mono[i]! + x[i]! * scale;
    }
  }

  private scale(numFrames: number): void {
    const { mono, ramp, level } = this;
    level.begin(numFrames);
    level.ramp('gain', ramp, numFrames);
    if (ramp[0] === ramp[numFrames - 1]) {
      const gain = levelGain(ramp[0]!);
      for (let i = 0; i < numFrames; i++) mono[i] = mono[i]! * gain;
    } else for (let i = 0; i < numFrames; i++) mono[i] = mono[i]! * levelGain(ramp[i]!);
    if (this.slope === 0) return;
    for (let i = 0; i < numFrames; i++) {
      this.phase = Math.min(1, Math.max(0, this.phase + this.slope));
      mono[i] = mono[i]! * Math.sin((this.phase * Math.PI) / 2);
    }
    if (this.slope > 0 && this.phase >= 1) this.slope = 0;
  }

  private filter(at: number, count: number): void {
    const { mono } = this;
    let { heard, air } = this;
    for (let i = at; i < at + count; i++) {
      air += this.airStep;
      heard += air * (mono[i]! - heard);
      if (heard < silent && heard > -silent) heard = 0;
      mono[i] = heard;
    }
    this.heard = heard;
    this.air = air;
  }

  private pan(channel: number, out: Float32Array, at: number, count: number): void {
    const { mono } = this;
    const step = this.steps[channel]!;
    let gain = this.gains[channel]!;
    if (step === 0 && gain === 0) return;
    for (let i = at; i < at + count; i++) {
      gain += step;
      out[i] = out[i]! + mono[i]! * gain;
    }
    this.gains[channel] = gain;
  }

  /** From exactly where the last piece was to lead. */
  private beginPiece(): void {
    if (this.moveLeft === 0) {
      this.gainsHere(this.gains);
      this.steps.fill(0);
      this.air = airCoefficient(this.distance, this.sampleRate);
      this.airStep = 0;
      this.pieceLeft = Number.POSITIVE_INFINITY;
      return;
    }
    const frames = Math.min(pieceFrames, this.moveLeft);
    const share = frames / this.moveLeft;
    this.azimuth += share * (this.targetAzimuth - this.azimuth);
    this.distance += share * (this.targetDistance - this.distance);
    this.moveLeft -= frames;
    if (this.moveLeft === 0) {
      this.azimuth = this.targetAzimuth % 360;
      this.distance = this.targetDistance;
    }
    this.gainsHere(this.ends);
    for (let c = 0; c < this.ends.length; c++) this.steps[c] = (this.ends[c]! - this.gains[c]!) / frames;
    this.airStep = (airCoefficient(this.distance, this.sampleRate) - this.air) / frames;
    this.pieceLeft = frames;
  }

  /** Of the place of the moment. */
  private gainsHere(out: Float64Array): void {
    ringGains(this.azimuth, out);
    const gain = distanceGain(this.distance);
    for (let c = 0; c < out.length; c++) out[c] = out[c]! * gain;
  }
}
