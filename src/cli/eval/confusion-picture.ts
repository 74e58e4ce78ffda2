/** What was asked for and what was heard, as squares that are the darker the more often. */
import type { Colour } from '../picture/canvas.js';
import { type MatrixCell, matrixPicture } from './matrix-picture.js';

export interface ConfusionPanel {
  readonly title: string;
  /** `confusion[asked][heard]`. */
  readonly confusion: readonly (readonly number[])[];
}

const PAPER: Colour = [244, 246, 248];
const WHITE: Colour = [255, 255, 255];
/** At a share of 1: on the diagonal, and elsewhere. */
const RIGHT: Colour = [20, 110, 60];
const WRONG: Colour = [200, 40, 40];

/** One panel beside the other. */
export function confusionPicture(labels: readonly string[], panels: readonly ConfusionPanel[]): Uint8Array {
  return matrixPicture(
    labels,
    panels.map(({ title, confusion }) => ({
      title,
      caption: 'asked: rows, heard: columns',
      cells: confusion.map(cellsOf),
    })),
  );
}

function cellsOf(counts: readonly number[], asked: number): MatrixCell[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count, heard) => {
    const share = total === 0 ? 0 : count / total;
    const colour = shade(asked === heard ? RIGHT : WRONG, share);
    const text = count === 0 ? '' : String(count);
    return share > 0.5 ? { text, colour, textColour: WHITE } : { text, colour };
  });
}

function shade(full: Colour, share: number): Colour {
  const mix = (k: 0 | 1 | 2): number => Math.round(PAPER[k] + (full[k] - PAPER[k]) * Math.sqrt(share));
  return [mix(0), mix(1), mix(2)];
}
