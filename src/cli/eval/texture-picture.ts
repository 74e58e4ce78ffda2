/** Spectra of what a model made and of the recording that it should sound like, side by side, one line for each texture. */
import { Canvas, INK, textHeight } from '../picture/canvas.js';
import { drawSpectrogram } from '../picture/spectrogram.js';

export interface TexturePair {
  readonly name: string;
  readonly sound: Float32Array;
  readonly truth: Float32Array;
}

const LEFT = 190;
const TOP = 44;
const WIDTH = 420;
const HEIGHT = 96;
const GAP = 12;
/** As far as sounds are drawn; a shorter one is drawn as wide as it is long. */
const SECONDS = 5;

export function texturePicture(title: string, pairs: readonly TexturePair[], sampleRate: number): Uint8Array {
  const canvas = new Canvas(LEFT + 2 * (WIDTH + GAP), TOP + pairs.length * (HEIGHT + GAP));
  canvas.text(LEFT, 6, title);
  canvas.text(LEFT, 28, `model, the first ${SECONDS} s`, { scale: 1 });
  canvas.text(LEFT + WIDTH + GAP, 28, `recording, the first ${SECONDS} s`, { scale: 1 });
  for (const [index, { name, sound, truth }] of pairs.entries()) {
    const top = TOP + index * (HEIGHT + GAP);
    canvas.text(LEFT - 10, top + (HEIGHT - textHeight()) / 2, name, { align: 'right' });
    for (const [column, samples] of [sound, truth].entries()) {
      const shown = samples.subarray(0, SECONDS * sampleRate);
      const width = Math.round((WIDTH * shown.length) / (SECONDS * sampleRate));
      const left = LEFT + column * (WIDTH + GAP);
      drawSpectrogram(canvas, shown, { left, top, width, height: HEIGHT });
      canvas.fill(left, top + HEIGHT, width, 1, INK);
    }
  }
  return canvas.toPng();
}
