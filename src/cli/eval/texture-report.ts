/** What `sashimi eval texture` finds. */
import type { Levels } from '../../eval/texture-scores.js';
import type { ToldPlaying } from './bundle-sampling.js';

export interface ClassReport {
  readonly label: string;
  /** Of the model's sound, and of the recording. */
  readonly levels: Levels;
  readonly heldOutLevels: Levels;
  readonly heldOutSeconds: number;
  /** Of the model's sound to the recording of each class, in the order of `labels`. */
  readonly distances: readonly number[];
  readonly nearest: string;
  /** Of one half of the recording to the other half of each class's. */
  readonly heldOutDistances: readonly number[];
  readonly heldOutNearest: string;
}

export interface MixReport {
  readonly labels: readonly [string, string];
  readonly levels: Levels;
  readonly heldOutLevels: Levels;
  /** To the recordings of both classes mixed, and to each of them alone. */
  readonly distance: number;
  readonly partDistances: readonly [number, number];
}

export interface TextureReport extends ToldPlaying {
  readonly bundle: string;
  readonly stepper: string;
  readonly seeds: readonly number[];
  /** Of each sound and seed. */
  readonly seconds: number;
  /** Seconds of sound made in one second. */
  readonly realTimeFactor: number;
  readonly labels: readonly string[];
  /** Share of the classes that are nearest to their own recording. */
  readonly nearestOwn: number;
  readonly heldOutNearestOwn: number;
  readonly classes: readonly ClassReport[];
  readonly mixes: readonly MixReport[];
}

/** Something that the model is asked for, and what it should sound like. */
export interface Texture {
  /** Its classes, by number: one, or two with half of the power each. */
  readonly parts: readonly number[];
  /** What the model made of it, a sound for each seed. */
  readonly sounds: readonly Float32Array[];
  readonly truth: Float32Array;
}
