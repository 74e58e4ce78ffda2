/** What was asked for and what was heard, as squares that are the darker the more often. */
import { Canvas, type Colour, INK, textHeight, textWidth } from '../picture/canvas.js';

export interface ConfusionPanel {
  readonly title: string;
  /** `confusion[asked][heard]`. */
  readonly confusion: readonly (readonly number[])[];
}

const CELL = 48;
const MARGIN = { left: 90, right: 16, top: 76, bottom: 40 } as const;
const PAPER: Colour = [244, 246, 248];
const WHITE: Colour = [255, 255, 255];
/** At a share of 1: on the diagonal, and elsewhere. */
const RIGHT: Colour = [20, 110, 60];
const WRONG: Colour = [200, 40, 40];

/** One panel beside the other. */
export function confusionPicture(labels: readonly string[], panels: readonly ConfusionPanel[]): Uint8Array {
  const side = labels.length * CELL;
  const panelWidth = MARGIN.left + side + MARGIN.right;
  const canvas = new Canvas(panels.length * panelWidth, MARGIN.top + side + MARGIN.bottom);
  for (const [index, { title, confusion }] of panels.entries()) {
    const left = index * panelWidth + MARGIN.left;
    canvas.text(left, 10, title);
    canvas.text(left, 34, 'asked: rows, heard: columns', { scale: 1 });
    for (const [k, label] of labels.entries()) {
      canvas.text(left - 8, MARGIN.top + k * CELL + (CELL - textHeight()) / 2, label, { align: 'right' });
      const middle = left + k * CELL + (CELL - textWidth(label, 1)) / 2;
      canvas.text(middle, MARGIN.top - 14, label, { scale: 1 });
    }
    for (const [asked, row] of confusion.entries()) {
      const total = row.reduce((sum, count) => sum + count, 0);
      for (const [heard, count] of row.entries()) {
        const x = left + heard * CELL;
        const y = MARGIN.top + asked * CELL;
        const share = total === 0 ? 0 : count / total;
        canvas.fill(x, y, CELL - 1, CELL - 1, shade(asked === heard ? RIGHT : WRONG, share));
        if (count === 0) continue;
        const text = String(count);
        const at = { x: x + (CELL - textWidth(text)) / 2, y: y + (CELL - textHeight()) / 2 };
        canvas.text(at.x, at.y, text, { colour: share > 0.5 ? WHITE : INK });
      }
    }
  }
  return canvas.toPng();
}

function shade(full: Colour, share: number): Colour {
  const mix = (k: 0 | 1 | 2): number => Math.round(PAPER[k] + (full[k] - PAPER[k]) * Math.sqrt(share));
  return [mix(0), mix(1), mix(2)];
}
