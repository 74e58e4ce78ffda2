/** Spectra of what each class sounds like beside what it should, and how near they are to all held-out sounds. */
import { Spectrum } from '../../eval/fft.js';
import { LOG_MEL } from '../../eval/log-mel.js';
import { Canvas, type Colour, INK, textHeight, textWidth } from '../picture/canvas.js';
import { heatOf } from '../picture/heat.js';
import type { TextureReport } from './texture.js';

const CELL = { width: 58, height: 44 } as const;
const LEFT = 84;
const TOP = 64;
const GAP = 28;
const PANEL_WIDTH = 260;
const RIGHT = 16;
/** Bins of a spectrum, 0 Hz to half the rate, and how many are drawn on one another. */
const BINS = 1024;
const PAPER: Colour = [255, 255, 255];
const OWN: Colour = [20, 110, 60];
const FAINTEST_DB = -100;
const STRONGEST_DB = -30;

/** A row per class: its distances, near ones dark; the spectrum of the model; that of the held-out sound. */
export function texturePicture(
  { bundle, labels, distances }: Pick<TextureReport, 'bundle' | 'labels' | 'distances'>,
  made: readonly Float32Array[],
  truth: readonly Float32Array[],
): Uint8Array {
  const matrix = labels.length * CELL.width;
  const first = LEFT + matrix + GAP;
  const second = first + PANEL_WIDTH + GAP;
  const canvas = new Canvas(second + PANEL_WIDTH + RIGHT, TOP + labels.length * CELL.height + RIGHT);
  canvas.text(LEFT, 10, `${bundle}: distance to held-out sound`);
  canvas.text(first, 34, 'model, 0 to 8 kHz', { scale: 1 });
  canvas.text(second, 34, 'held out, 0 to 8 kHz', { scale: 1 });
  for (const [k, label] of labels.entries()) {
    const y = TOP + k * CELL.height;
    canvas.text(LEFT - 8, y + (CELL.height - textHeight()) / 2, label, { align: 'right', scale: 1 });
    const middle = LEFT + k * CELL.width + (CELL.width - textWidth(label, 1)) / 2;
    canvas.text(middle, TOP - 14, label, { scale: 1 });
    drawDistances(canvas, distances[k]!, k, y);
    drawSpectrum(canvas, made[k]!, first, y);
    drawSpectrum(canvas, truth[k]!, second, y);
  }
  return canvas.toPng();
}

/** The nearest is darkest; the class's own has a green frame. */
function drawDistances(canvas: Canvas, row: readonly number[], own: number, y: number): void {
  const nearest = Math.min(...row);
  for (const [j, distance] of row.entries()) {
    const x = LEFT + j * CELL.width;
    if (j === own) canvas.fill(x, y, CELL.width - 1, CELL.height - 1, OWN);
    const share = Math.sqrt(Math.max(nearest, 1e-9) / Math.max(distance, 1e-9));
    canvas.fill(x + 3, y + 3, CELL.width - 7, CELL.height - 7, heatOf(0.6 * share));
    const text = distance < 100 ? distance.toFixed(1) : distance.toFixed(0);
    canvas.text(x + (CELL.width - textWidth(text, 1)) / 2, y + (CELL.height - 7) / 2, text, {
      scale: 1,
      colour: share > 0.6 ? PAPER : INK,
    });
  }
}

function drawSpectrum(canvas: Canvas, sound: Float32Array, left: number, top: number): void {
  const spectrum = new Spectrum(LOG_MEL.windowFrames, 2 * BINS);
  const bins = new Float64Array(BINS);
  const height = CELL.height - 4;
  const binsPerRow = Math.floor(BINS / height);
  for (let column = 0; column < PANEL_WIDTH; column++) {
    spectrum.magnitudes(sound, Math.round(((column + 0.5) * sound.length) / PANEL_WIDTH), bins);
    for (let row = 0; row < height; row++) {
      let most = 0;
      for (let bin = row * binsPerRow; bin < (row + 1) * binsPerRow; bin++) most = Math.max(most, bins[bin]!);
      const db = 20 * Math.log10(most + 1e-9);
      const colour = heatOf((db - FAINTEST_DB) / (STRONGEST_DB - FAINTEST_DB));
      canvas.fill(left + column, top + height - 1 - row, 1, 1, colour);
    }
  }
}
