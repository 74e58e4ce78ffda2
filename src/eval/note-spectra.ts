/** The front of the note detector: what it sees of a sound every 10 ms. */
import { Spectrum } from './fft.js';

/** Hz of everything that the detector hears. */
export const DETECTOR_RATE = 16_000;
/** Between two looks. */
export const HOP_FRAMES = 160;
/** 192 ms: long enough to tell low keys apart, short enough for 50 ms. */
const WINDOW_FRAMES = 3072;
const FFT_SIZE = 4096;

/** Below, a band is one bin of 3.9 Hz; above, bands are a 36th of an octave. */
const LINEAR_TO_HZ = 800;
const BANDS_PER_OCTAVE = 36;
const TOP_HZ = 5000;

const bandStarts = layBands();
export const NUM_BANDS = bandStarts.length - 1;

/** First bin of each band, and the end of the last. */
function layBands(): number[] {
  const hzPerBin = DETECTOR_RATE / FFT_SIZE;
  const starts = [1];
  while (starts.at(-1)! * hzPerBin < TOP_HZ) {
    const last = starts.at(-1)!;
    const next = last * hzPerBin < LINEAR_TO_HZ ? last + 1 : last * 2 ** (1 / BANDS_PER_OCTAVE);
    starts.push(Math.max(last + 1, Math.round(next)));
  }
  return starts;
}

/** How many looks a sound of so many frames has. */
export function numLooks(numFrames: number): number {
  return Math.floor(numFrames / HOP_FRAMES) + 1;
}

/** Looks at one sound after another; an object serves one caller at a time. */
export class NoteSpectra {
  readonly #spectrum = new Spectrum(WINDOW_FRAMES, FFT_SIZE);
  readonly #bins = new Float64Array(bandStarts.at(-1)!);

  /** The mean magnitude in each band, `into` (NUM_BANDS), of the window around sample `centre`. */
  look(sound: Float32Array, centre: number, into: Float64Array): void {
    this.#spectrum.magnitudes(sound, centre, this.#bins);
    for (let band = 0; band < NUM_BANDS; band++) {
      const start = bandStarts[band]!;
      const end = bandStarts[band + 1]!;
      let sum = 0;
      for (let bin = start; bin < end; bin++) sum += this.#bins[bin]!;
      into[band] = sum / (end - start);
    }
  }
}
