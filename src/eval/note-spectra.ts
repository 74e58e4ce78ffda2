/** The front of the note detector: what it sees of a sound every 20 ms. */
import { Spectrum } from '../../nodes/index.js';

/** Hz of everything that the detector hears. */
export const DETECTOR_RATE = 16_000;
/** Between two looks. */
export const HOP_FRAMES = 320;
/** 192 ms: long enough to tell low keys apart, short enough for 50 ms. */
const WINDOW_FRAMES = 3072;
const FFT_SIZE = 4096;
/** Below, a model's rumble would be heard as low keys; their upper partials tell these apart as well. */
const LOWEST_HZ = 62.5;
const TOP_HZ = 5000;
const FIRST_BIN = (LOWEST_HZ * FFT_SIZE) / DETECTOR_RATE;

/** Bins of 3.9 Hz. Coarser bands cost a twentieth of the score. */
export const NUM_BINS = (TOP_HZ * FFT_SIZE) / DETECTOR_RATE - FIRST_BIN;

/** How many looks a sound of so many frames has. */
export function numLooks(numFrames: number): number {
  return Math.floor(numFrames / HOP_FRAMES) + 1;
}

/** Looks at one sound after another; an object serves one caller at a time. */
export class NoteSpectra {
  readonly #spectrum = new Spectrum(WINDOW_FRAMES, FFT_SIZE);
  readonly #bins = new Float64Array(FIRST_BIN + NUM_BINS);

  /** Magnitudes, `into` (NUM_BINS), of the window around sample `centre`. */
  look(sound: Float32Array, centre: number, into: Float64Array): void {
    this.#spectrum.magnitudes(sound, centre, this.#bins);
    into.set(this.#bins.subarray(FIRST_BIN));
  }
}
