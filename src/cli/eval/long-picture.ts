/** Level and spectrum of a long sound, one above the other over the same time. */
import {
  LEVEL_SECONDS,
  type LevelFigures,
  SILENT_DB,
  type SoundWatch,
  SPECTRUM_ROWS,
} from '../../eval/sound-watch.js';
import { Canvas, type Colour, GRID, INK, textWidth, ticks } from '../picture/canvas.js';
import { heatOf } from '../picture/heat.js';

const WIDTH = 1200;
const PLOT = { left: 72, right: 16 } as const;
const LEVEL = { top: 60, height: 240, lowest: -80, highest: 0 } as const;
const SPECTRUM = { top: 350, rowHeight: 3 } as const;
const HEIGHT = SPECTRUM.top + SPECTRUM_ROWS * SPECTRUM.rowHeight + 40;
/** dB of a magnitude that the spectrum shows as paper and as ink. */
const FAINTEST_DB = -95;
const STRONGEST_DB = -15;

const colours = {
  level: [11, 110, 153],
  middle: [192, 57, 43],
  outer: [220, 150, 60],
  drift: [20, 130, 60],
} as const satisfies Readonly<Record<string, Colour>>;
export function longPicture(title: string, watch: SoundWatch, figures: LevelFigures): Uint8Array {
  const canvas = new Canvas(WIDTH, HEIGHT);
  canvas.text(PLOT.left, 10, title);
  drawLevels(canvas, watch, figures);
  drawSpectrum(canvas, watch);
  return canvas.toPng();
}

const plotWidth = WIDTH - PLOT.left - PLOT.right;

function levelY(db: number): number {
  const inside = Math.min(LEVEL.highest, Math.max(LEVEL.lowest, db));
  return LEVEL.top + ((LEVEL.highest - inside) / (LEVEL.highest - LEVEL.lowest)) * LEVEL.height;
}

/** In each column of pixels a stroke from the lowest to the highest level in it, joined to the one before. */
function drawLevels(canvas: Canvas, { levels }: SoundWatch, figures: LevelFigures): void {
  const seconds = levels.length * LEVEL_SECONDS;
  for (const db of ticks(LEVEL.lowest, LEVEL.highest, 4)) {
    canvas.fill(PLOT.left, levelY(db), plotWidth, 1, GRID);
    canvas.text(PLOT.left - 6, levelY(db) - 6, `${db} dB`, { align: 'right', scale: 1 });
  }
  timeAxis(canvas, seconds, LEVEL.top + LEVEL.height);
  let before: number | undefined;
  for (let x = 0; x < plotWidth; x++) {
    const from = Math.floor((x * levels.length) / plotWidth);
    const part = levels.slice(from, Math.max(from + 1, Math.floor(((x + 1) * levels.length) / plotWidth)));
    if (part.length === 0) continue;
    const y = levelY(part[0]!);
    const top = Math.min(levelY(Math.max(...part)), before ?? y);
    const bottom = Math.max(levelY(Math.min(...part)), before ?? y);
    canvas.fill(PLOT.left + x, top, 1, bottom - top + 2, colours.level);
    before = levelY(part.at(-1)!);
  }
  const { p5, p50, p95 } = figures.percentilesDb;
  for (const [db, colour] of [
    [p5, colours.outer],
    [p50, colours.middle],
    [p95, colours.outer],
  ] as const)
    canvas.fill(PLOT.left, levelY(db), plotWidth, 2, colour);
  if (figures.driftDbPerMinute !== null) {
    const rise = (figures.driftDbPerMinute * seconds) / 120;
    canvas.line(PLOT.left, levelY(p50 - rise), PLOT.left + plotWidth, levelY(p50 + rise), colours.drift);
  }
  const drift = figures.driftDbPerMinute === null ? 'none' : `${figures.driftDbPerMinute.toFixed(2)} dB/min`;
  legend(canvas, [
    ['level', colours.level],
    [`5 and 95 %: ${p5.toFixed(1)}, ${p95.toFixed(1)} dB`, colours.outer],
    [`50 %: ${p50.toFixed(1)} dB`, colours.middle],
    [`drift ${drift}`, colours.drift],
    [`silent (below ${SILENT_DB} dB): ${(100 * figures.silentShare).toFixed(1)} %`, INK],
  ]);
}

function legend(canvas: Canvas, entries: readonly (readonly [string, Colour])[]): void {
  let x: number = PLOT.left;
  for (const [text, colour] of entries) {
    canvas.fill(x, 36, 9, 9, colour);
    canvas.text(x + 14, 37, text, { scale: 1 });
    x += 14 + textWidth(text, 1) + 26;
  }
}

function drawSpectrum(canvas: Canvas, watch: SoundWatch): void {
  const { columns } = watch;
  const bottom = SPECTRUM.top + SPECTRUM_ROWS * SPECTRUM.rowHeight;
  for (let x = 0; x < plotWidth && columns.length > 0; x++) {
    const column = columns[Math.floor((x * columns.length) / plotWidth)]!;
    for (const [row, magnitude] of column.entries()) {
      const y = bottom - (row + 1) * SPECTRUM.rowHeight;
      const db = 20 * Math.log10(magnitude + 1e-9);
      const colour = heatOf((db - FAINTEST_DB) / (STRONGEST_DB - FAINTEST_DB));
      canvas.fill(PLOT.left + x, y, 1, SPECTRUM.rowHeight, colour);
    }
  }
  for (const hz of [50, 100, 200, 500, 1000, 2000, 5000, 10_000]) {
    const row = rowOfHz(watch, hz);
    if (row === undefined) continue;
    const y = bottom - row * SPECTRUM.rowHeight;
    canvas.fill(PLOT.left - 4, y, 4, 1, INK);
    canvas.text(PLOT.left - 6, y - 3, `${hz} Hz`, { align: 'right', scale: 1 });
  }
  timeAxis(canvas, watch.numFrames / watch.sampleRate, bottom);
}

function rowOfHz(watch: SoundWatch, hz: number): number | undefined {
  for (let row = 0; row < SPECTRUM_ROWS; row++) if (watch.hzOfRow(row) >= hz) return row;
  return undefined;
}

function timeAxis(canvas: Canvas, seconds: number, y: number): void {
  canvas.fill(PLOT.left, y, plotWidth, 1, INK);
  const isLong = seconds > 180;
  const unit = isLong ? 60 : 1;
  for (const at of ticks(0, seconds / unit, 10)) {
    const x = PLOT.left + ((at * unit) / seconds) * plotWidth;
    canvas.fill(x, y, 1, 5, INK);
    canvas.text(x + 3, y + 6, `${at} ${isLong ? 'min' : 's'}`, { scale: 1 });
  }
}
