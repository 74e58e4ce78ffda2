/** Numbers about every pair of labels, as squares of one colour each. */
import { Canvas, type Colour, INK, textHeight, textWidth } from '../picture/canvas.js';

export interface MatrixCell {
  /** Nothing where there is nothing to say. */
  readonly text: string;
  readonly colour: Colour;
  /** Default: ink. */
  readonly textColour?: Colour;
  /** Drawn around it. */
  readonly isMarked?: boolean;
}

export interface MatrixPanel {
  readonly title: string;
  /** What rows and columns are. */
  readonly caption: string;
  /** `cells[row][column]`, in the order of the labels. */
  readonly cells: readonly (readonly MatrixCell[])[];
}

const CELL = 48;
/** Thickness of a mark on both sides. */
const MARK = 6;
const MARGIN = { left: 90, right: 16, top: 76, bottom: 40 } as const;

/** One panel beside the other. */
export function matrixPicture(labels: readonly string[], panels: readonly MatrixPanel[]): Uint8Array {
  const side = labels.length * CELL;
  const panelWidth = Math.max(
    MARGIN.left + side + MARGIN.right,
    ...panels.map(
      ({ title, caption }) => MARGIN.left + Math.max(textWidth(title), textWidth(caption, 1)) + 8,
    ),
  );
  const canvas = new Canvas(panels.length * panelWidth, MARGIN.top + side + MARGIN.bottom);
  for (const [index, panel] of panels.entries()) drawPanel(canvas, labels, panel, index * panelWidth);
  return canvas.toPng();
}

function drawPanel(
  canvas: Canvas,
  labels: readonly string[],
  { title, caption, cells }: MatrixPanel,
  from: number,
): void {
  const left = from + MARGIN.left;
  canvas.text(left, 10, title);
  canvas.text(left, 34, caption, { scale: 1 });
  for (const [k, label] of labels.entries()) {
    canvas.text(left - 8, MARGIN.top + k * CELL + (CELL - textHeight()) / 2, label, { align: 'right' });
    const middle = left + k * CELL + (CELL - textWidth(label, 1)) / 2;
    canvas.text(middle, MARGIN.top - 14, label, { scale: 1 });
  }
  for (const [row, line] of cells.entries()) {
    for (const [column, cell] of line.entries()) {
      drawCell(canvas, cell, left + column * CELL, MARGIN.top + row * CELL);
    }
  }
}

function drawCell(
  canvas: Canvas,
  { text, colour, textColour = INK, isMarked = false }: MatrixCell,
  x: number,
  y: number,
): void {
  canvas.fill(x, y, CELL - 1, CELL - 1, colour);
  if (isMarked) {
    for (const at of [0, CELL - 1 - MARK / 2]) {
      canvas.fill(x, y + at, CELL - 1, MARK / 2, INK);
      canvas.fill(x + at, y, MARK / 2, CELL - 1, INK);
    }
  }
  if (text === '') return;
  const scale = textWidth(text) > CELL - MARK ? 1 : 2;
  const at = { x: x + (CELL - textWidth(text, scale)) / 2, y: y + (CELL - textHeight(scale)) / 2 };
  canvas.text(at.x, at.y, text, { colour: textColour, scale });
}
