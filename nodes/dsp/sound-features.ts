/** What a sound is like, at 16 kHz, moment by moment. One channel. */
import { Spectrum } from './fft.js';
import { KWeighting } from './k-weighting.js';
import { MelBands } from './mel-bands.js';
import type { Samples } from './samples.js';
import { Yin } from './yin.js';

/** Hz at which sound is looked at. */
export const FEATURE_RATE = 16_000;
export const MEL_BANDS = 40;
/** Below this nothing is measured: there is no sound. */
export const SILENCE_DB = -100;

const SPECTRUM_FRAMES = 512;
const LOUDNESS_FRAMES = 400;
const YIN = { sampleRate: FEATURE_RATE, lowestHz: 55, highestHz: 1000, windowFrames: 512 };
/** More aperiodic than this is no tone; quieter is none either. */
const MOST_APERIODIC = 0.3;
const LEAST_TONE_DB = -60;
const LOW_HZ = 40;
const HIGH_HZ = 7600;
/** What a band has at least, so that its logarithm is a number; -80 dB of full scale. */
const LEAST_MAGNITUDE = 1e-4;
/** Bands are compared with those of two looks ago; below -60 dB a change is none. */
const FLUX_LOOKS = 2;
const FLUX_FLOOR = 1e-3;
/** Looks back for what is usual. */
const USUAL_LOOKS = 50;
/** A new onset is that much more than usual, and comes no sooner after the last. */
const UNUSUAL = 2;
const REST_LOOKS = 15;

/**
 * By how many frames at 16 kHz each feature is late: it is what the sound was like at the middle of what it is measured
 * from. An onset is late by as much as it takes to stand out, at most.
 */
export const FEATURE_DELAYS = {
  f0: Math.ceil((YIN.windowFrames + Math.ceil(FEATURE_RATE / YIN.lowestHz) + 2) / 2),
  loudness: LOUDNESS_FRAMES / 2,
  centroid: SPECTRUM_FRAMES / 2,
  mel: SPECTRUM_FRAMES / 2,
  onset: SPECTRUM_FRAMES / 2,
} as const;

/** `push` what comes, then `look`: the numbers below are those of what was pushed last. Allocates at construction only. */
export class SoundFeatures {
  /** Hz; the last tone's where there is none now, 0 before the first. */
  f0 = 0;
  isTone = false;
  loudnessDb = SILENCE_DB;
  /** Hz; 0 where it is silent. */
  centroidHz = 0;
  /** How much brighter and louder the bands became, in nepers on average; 0 and more. */
  onsetStrength = 0;
  /** Whether something began at this look. */
  isOnset = false;
  /** ln of the magnitude in each band. */
  readonly mel = new Float32Array(MEL_BANDS);

  readonly #history: Float32Array;
  readonly #weighted: Float64Array;
  readonly #weighting = new KWeighting(FEATURE_RATE);
  readonly #yin = new Yin(YIN);
  readonly #spectrum = new Spectrum(SPECTRUM_FRAMES, SPECTRUM_FRAMES);
  readonly #magnitudes = new Float64Array(SPECTRUM_FRAMES / 2);
  readonly #bands = new MelBands(
    MEL_BANDS,
    FEATURE_RATE / SPECTRUM_FRAMES,
    SPECTRUM_FRAMES / 2,
    LOW_HZ,
    HIGH_HZ,
  );
  readonly #melMagnitudes = new Float64Array(MEL_BANDS);
  /** ln of the bands of the last looks, and what they changed by. */
  readonly #past: readonly Float64Array[];
  readonly #fluxes = new Float64Array(USUAL_LOOKS);
  #looks = 0;
  #looksSinceOnset = REST_LOOKS;

  constructor() {
    this.#history = new Float32Array(2 * this.#yin.reachFrames);
    this.#weighted = new Float64Array(LOUDNESS_FRAMES);
    const silent = Math.log(FLUX_FLOOR);
    this.#past = Array.from({ length: FLUX_LOOKS }, () => new Float64Array(MEL_BANDS).fill(silent));
  }

  /** `numFrames` at 16 kHz, at most a few hundred at once. */
  push(frames: Samples, numFrames: number, isWeighted: boolean): void {
    const history = this.#history;
    const weighted = this.#weighted;
    for (let done = 0; done < numFrames; ) {
      const count = Math.min(numFrames - done, history.length, weighted.length);
      history.copyWithin(0, count);
      weighted.copyWithin(0, count);
      for (let i = 0; i < count; i++) {
        const x = frames[done + i]!;
        history[history.length - count + i] = x;
        const y = this.#weighting.next(x);
        weighted[weighted.length - count + i] = isWeighted ? y : x;
      }
      done += count;
    }
  }

  look(isWeighted: boolean): void {
    this.#lookAtLevel(isWeighted);
    this.#lookAtSpectrum();
    this.#lookAtPitch();
    this.#lookForOnset();
    this.#looks++;
  }

  #lookAtLevel(isWeighted: boolean): void {
    let power = 0;
    for (let i = 0; i < LOUDNESS_FRAMES; i++) power += this.#weighted[i]! ** 2;
    // The standard's constant makes a full-scale sine at 1 kHz -3.01 dB, as without weighting.
    const offset = isWeighted ? -0.691 : 0;
    this.loudnessDb = Math.max(SILENCE_DB, offset + 10 * Math.log10(power / LOUDNESS_FRAMES + 1e-30));
  }

  #lookAtSpectrum(): void {
    const magnitudes = this.#magnitudes;
    this.#spectrum.magnitudes(this.#history, this.#history.length - SPECTRUM_FRAMES / 2, magnitudes);
    let sum = 0;
    let moment = 0;
    for (let bin = 1; bin < magnitudes.length; bin++) {
      sum += magnitudes[bin]!;
      moment += bin * magnitudes[bin]!;
    }
    const binHz = FEATURE_RATE / SPECTRUM_FRAMES;
    this.centroidHz = sum < LEAST_MAGNITUDE ? 0 : (moment / sum) * binHz;
    this.#bands.measure(magnitudes, this.#melMagnitudes);
    for (let band = 0; band < MEL_BANDS; band++) {
      this.mel[band] = Math.log(Math.max(LEAST_MAGNITUDE, this.#melMagnitudes[band]!));
    }
  }

  #lookAtPitch(): void {
    this.isTone = false;
    if (this.loudnessDb < LEAST_TONE_DB) return;
    const frequency = this.#yin.frequencyAt(this.#history, this.#history.length / 2);
    if (this.#yin.aperiodicity > MOST_APERIODIC) return;
    this.isTone = true;
    this.f0 = frequency;
  }

  #lookForOnset(): void {
    const before = this.#past[this.#looks % FLUX_LOOKS]!;
    let flux = 0;
    for (let band = 0; band < MEL_BANDS; band++) {
      const now = Math.log(Math.max(FLUX_FLOOR, this.#melMagnitudes[band]!));
      flux += Math.max(0, now - before[band]!);
      before[band] = now;
    }
    flux /= MEL_BANDS;
    let usual = 0;
    for (let i = 0; i < USUAL_LOOKS; i++) usual += this.#fluxes[i]!;
    usual /= USUAL_LOOKS;
    this.#fluxes[this.#looks % USUAL_LOOKS] = flux;
    this.onsetStrength = flux;
    this.isOnset = flux > UNUSUAL * usual && this.#looksSinceOnset >= REST_LOOKS;
    this.#looksSinceOnset++;
  }

  /** An onset was taken for one: others are none for a while. */
  rest(): void {
    this.#looksSinceOnset = 0;
  }
}
