import { Spectrum } from '../../../nodes/index.js';
import type { Canvas } from './canvas.js';
import { heatOf } from './heat.js';

const WINDOW = 256;
/** Magnitudes that are drawn as paper and as ink. */
const FAINTEST_DB = -90;
const STRONGEST_DB = -25;

export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** All of a sound from left to right, from 0 Hz at the bottom to half its rate at the top. */
export function drawSpectrogram(
  canvas: Canvas,
  sound: Float32Array,
  { left, top, width, height }: Frame,
): void {
  const spectrum = new Spectrum(WINDOW, 2 * WINDOW);
  const bins = new Float64Array(WINDOW);
  for (let column = 0; column < width; column++) {
    spectrum.magnitudes(sound, Math.round(((column + 0.5) * sound.length) / width), bins);
    for (let row = 0; row < height; row++) {
      const db = 20 * Math.log10(bins[Math.floor((row * WINDOW) / height)]! + 1e-9);
      const colour = heatOf((db - FAINTEST_DB) / (STRONGEST_DB - FAINTEST_DB));
      canvas.fill(left + column, top + height - 1 - row, 1, 1, colour);
    }
  }
}
