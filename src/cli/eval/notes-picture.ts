/** Piano rolls: what was asked for, and what was found in a sound. */
import { HIGHEST_PITCH, LOWEST_PITCH, type Performance } from '../../../models/index.js';
import { matchNotes } from '../../eval/note-scores.js';
import type { FoundNote } from '../../eval/onsets.js';
import { Canvas, type Colour, GRID, INK, textWidth, ticks } from '../picture/canvas.js';

export interface RollPanel {
  readonly title: string;
  readonly found: readonly FoundNote[];
}

const KEY_HEIGHT = 5;
const PANEL_HEIGHT = (HIGHEST_PITCH - LOWEST_PITCH + 1) * KEY_HEIGHT;
const MARGIN = { left: 64, right: 16, top: 56, bottom: 34, between: 44 } as const;
const LEAST_WIDTH = 900;
const MOST_WIDTH = 6000;
const PIXELS_PER_SECOND = 60;

const colours = {
  asked: [190, 200, 212],
  missed: [236, 140, 20],
  right: [20, 130, 60],
  wrong: [205, 40, 40],
} as const satisfies Readonly<Record<string, Colour>>;

/** One panel below the other, each over the same asked notes. */
export function notesPicture(
  title: string,
  { notes, seconds }: Performance,
  panels: readonly RollPanel[],
): Uint8Array {
  const plotWidth = Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, seconds * PIXELS_PER_SECOND));
  const height = MARGIN.top + panels.length * (PANEL_HEIGHT + MARGIN.between) + MARGIN.bottom;
  const canvas = new Canvas(Math.ceil(MARGIN.left + plotWidth + MARGIN.right), height);
  canvas.text(MARGIN.left, 10, title);
  legend(canvas, 32);
  const x = (at: number): number => MARGIN.left + (at / seconds) * plotWidth;
  for (const [index, panel] of panels.entries()) {
    const top = MARGIN.top + index * (PANEL_HEIGHT + MARGIN.between) + MARGIN.between / 2;
    const y = (pitch: number): number => top + (HIGHEST_PITCH - pitch) * KEY_HEIGHT;
    canvas.text(MARGIN.left, top - 18, panel.title);
    grid(canvas, x, y, seconds, plotWidth);
    const matches = matchNotes(notes, panel.found);
    const heard = new Set(matches.map(({ asked }) => asked));
    const right = new Set(matches.map(({ found }) => found));
    for (const note of notes) {
      canvas.fill(
        x(note.seconds),
        y(note.pitch),
        x(note.endSeconds) - x(note.seconds),
        KEY_HEIGHT - 1,
        colours.asked,
      );
    }
    for (const note of notes)
      if (!heard.has(note)) canvas.fill(x(note.seconds), y(note.pitch), 4, KEY_HEIGHT - 1, colours.missed);
    for (const note of panel.found) {
      const colour = right.has(note) ? colours.right : colours.wrong;
      canvas.fill(x(note.seconds) - 1, y(note.pitch) - 1, 4, KEY_HEIGHT + 1, colour);
    }
  }
  return canvas.toPng();
}

function legend(canvas: Canvas, y: number): void {
  let x: number = MARGIN.left;
  const entries = [
    ['asked for', colours.asked],
    ['found where asked', colours.right],
    ['found but not asked', colours.wrong],
    ['asked but not found', colours.missed],
  ] as const;
  for (const [text, colour] of entries) {
    canvas.fill(x, y, 12, 12, colour);
    canvas.text(x + 18, y, text);
    x += 18 + textWidth(text) + 30;
  }
}

/** A line at every C and at round seconds. */
function grid(
  canvas: Canvas,
  x: (seconds: number) => number,
  y: (pitch: number) => number,
  seconds: number,
  plotWidth: number,
): void {
  const top = y(HIGHEST_PITCH);
  const bottom = top + PANEL_HEIGHT;
  for (let pitch = 24; pitch <= HIGHEST_PITCH; pitch += 12) {
    canvas.fill(MARGIN.left, y(pitch) + KEY_HEIGHT - 1, plotWidth, 1, GRID);
    canvas.text(MARGIN.left - 8, y(pitch) - 6, `C${pitch / 12 - 1}`, { align: 'right' });
  }
  for (const at of ticks(0, seconds, plotWidth / 120)) {
    canvas.fill(x(at), top, 1, PANEL_HEIGHT, GRID);
    canvas.text(x(at) + 3, bottom + 5, `${at} s`, { scale: 1 });
  }
  canvas.fill(MARGIN.left, top, 1, PANEL_HEIGHT, INK);
  canvas.fill(MARGIN.left, bottom, plotWidth, 1, INK);
}
