/** Spectra of what was said and of what should have been, one above the other, and the pitch of both below. */
import { PHONES, SPEECH_HOP, SPEECH_SAMPLE_RATE } from '../../../models/index.js';
import { Spectrum } from '../../../nodes/index.js';
import type { Utterance } from '../../eval/utterance.js';
import { Canvas, type Colour, GRID, INK, textWidth, ticks } from '../picture/canvas.js';
import { heatOf } from '../picture/heat.js';

export interface VoicePanel {
  readonly title: string;
  readonly sound: Float32Array;
  /** By row, 0 for none. */
  readonly foundHz: ArrayLike<number>;
  readonly colour: Colour;
}

export const MODEL_COLOUR: Colour = [205, 40, 40];
export const TRUTH_COLOUR: Colour = [11, 110, 153];
const ASKED_COLOUR: Colour = [170, 180, 192];

const LEFT = 64;
const RIGHT = 16;
const TOP = 56;
const SPECTRUM_HEIGHT = 200;
const PITCH_HEIGHT = 220;
const BETWEEN = 48;
const PIXELS_PER_SECOND = 330;
const LEAST_WIDTH = 500;
const MOST_WIDTH = 6000;
const HIGHEST_HZ = 8000;
const WINDOW = 256;
const FAINTEST_DB = -90;
const STRONGEST_DB = -25;

export function voicePicture(title: string, utterance: Utterance, panels: readonly VoicePanel[]): Uint8Array {
  const seconds = utterance.sound.length / SPEECH_SAMPLE_RATE;
  const width = Math.ceil(Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, seconds * PIXELS_PER_SECOND)));
  const height = TOP + panels.length * (SPECTRUM_HEIGHT + BETWEEN) + PITCH_HEIGHT + BETWEEN;
  const canvas = new Canvas(LEFT + width + RIGHT, height);
  const x = (at: number): number => LEFT + (at / seconds) * width;
  canvas.text(LEFT, 10, title);
  for (const [index, panel] of panels.entries()) {
    const top = TOP + index * (SPECTRUM_HEIGHT + BETWEEN);
    canvas.text(LEFT, top - 18, panel.title, { scale: 1, colour: panel.colour });
    drawSpectrum(canvas, panel.sound, top, width);
    drawPhones(canvas, utterance, top, x);
  }
  drawPitch(canvas, utterance, panels, TOP + panels.length * (SPECTRUM_HEIGHT + BETWEEN), x, seconds);
  return canvas.toPng();
}

function drawSpectrum(canvas: Canvas, sound: Float32Array, top: number, width: number): void {
  const spectrum = new Spectrum(WINDOW, 2 * WINDOW);
  const bins = new Float64Array(WINDOW);
  for (let column = 0; column < width; column++) {
    spectrum.magnitudes(sound, Math.round(((column + 0.5) * sound.length) / width), bins);
    for (let row = 0; row < SPECTRUM_HEIGHT; row++) {
      const db = 20 * Math.log10(bins[Math.floor((row * WINDOW) / SPECTRUM_HEIGHT)]! + 1e-9);
      const colour = heatOf((db - FAINTEST_DB) / (STRONGEST_DB - FAINTEST_DB));
      canvas.fill(LEFT + column, top + SPECTRUM_HEIGHT - 1 - row, 1, 1, colour);
    }
  }
  for (const hz of [0, 2000, 4000, 6000, 8000]) {
    const y = top + SPECTRUM_HEIGHT * (1 - hz / HIGHEST_HZ);
    canvas.fill(LEFT - 4, y, 4, 1, INK);
    canvas.text(LEFT - 6, y - 3, `${hz} Hz`, { align: 'right', scale: 1 });
  }
}

/** Where phones end, and below the spectrum what they are. */
function drawPhones(
  canvas: Canvas,
  { phones }: Utterance,
  top: number,
  x: (seconds: number) => number,
): void {
  let start = 0;
  for (const { phone, end } of phones) {
    const [from, to] = [x(start * ROW_SECONDS), x(end * ROW_SECONDS)];
    canvas.fill(to, top, 1, SPECTRUM_HEIGHT + 14, GRID);
    const name = PHONES[phone]!;
    canvas.text((from + to - textWidth(name, 1)) / 2, top + SPECTRUM_HEIGHT + 5, name, { scale: 1 });
    start = end;
  }
}

const ROW_SECONDS = SPEECH_HOP / SPEECH_SAMPLE_RATE;

function drawPitch(
  canvas: Canvas,
  { pitchHz }: Utterance,
  panels: readonly VoicePanel[],
  top: number,
  x: (seconds: number) => number,
  seconds: number,
): void {
  const lowest = Math.log2(Math.min(...pitchHz)) - 0.4;
  const highest = Math.log2(Math.max(...pitchHz)) + 0.4;
  const bottom = top + PITCH_HEIGHT;
  const y = (hz: number): number => bottom - ((Math.log2(hz) - lowest) / (highest - lowest)) * PITCH_HEIGHT;
  const isInside = (hz: number): boolean => hz > 0 && y(hz) >= top && y(hz) <= bottom;
  for (const hz of [50, 75, 100, 150, 200, 300, 400, 600].filter(isInside)) {
    canvas.fill(x(0), y(hz), x(seconds) - x(0), 1, GRID);
    canvas.text(x(0) - 6, y(hz) - 3, `${hz} Hz`, { align: 'right', scale: 1 });
  }
  const dots = (hz: ArrayLike<number>, height: number, colour: Colour): void => {
    for (let row = 0; row < hz.length; row++) {
      if (isInside(hz[row]!)) canvas.fill(x(row * ROW_SECONDS), y(hz[row]!) - height / 2, 2, height, colour);
    }
  };
  dots(pitchHz, 7, ASKED_COLOUR);
  for (const { foundHz, colour } of panels.toReversed()) dots(foundHz, 2, colour);
  let left = x(0);
  const legend = [
    ['pitch: asked for', ASKED_COLOUR],
    ...panels.map(({ title, colour }) => [`found in ${title}`, colour] as const),
  ] as const;
  for (const [text, colour] of legend) {
    canvas.text(left, top - 16, text, { scale: 1, colour });
    left += textWidth(text, 1) + 26;
  }
  canvas.fill(x(0), bottom, x(seconds) - x(0), 1, INK);
  for (const at of ticks(0, seconds, 10)) {
    canvas.fill(x(at), bottom, 1, 5, INK);
    canvas.text(x(at) + 3, bottom + 6, `${at} s`, { scale: 1 });
  }
}
