/** How far sounds are from each other, as squares that are the darker the nearer; the nearest of each row is framed. */
import type { Colour } from '../picture/canvas.js';
import { heatOf } from '../picture/heat.js';
import { type MatrixCell, matrixPicture } from './matrix-picture.js';

export interface DistancePanel {
  readonly title: string;
  readonly caption: string;
  /** `distances[row][column]`. */
  readonly distances: readonly (readonly number[])[];
}

/** Distances that are drawn strongest and faintest; between them by ratio. */
const NEAR = 3;
const FAR = 1000;
const WHITE: Colour = [255, 255, 255];
/** Of the scale of heat, as far as it only grows darker. */
const DARKEST = 0.6;
const TEXT_ON_DARK = 0.35;

/** One panel beside the other. */
export function distancePicture(labels: readonly string[], panels: readonly DistancePanel[]): Uint8Array {
  return matrixPicture(
    labels,
    panels.map(({ title, caption, distances }) => ({ title, caption, cells: distances.map(cellsOf) })),
  );
}

function cellsOf(distances: readonly number[]): MatrixCell[] {
  const least = Math.min(...distances);
  return distances.map((distance) => {
    const share = DARKEST * (1 - Math.log(Math.max(NEAR, distance) / NEAR) / Math.log(FAR / NEAR));
    const cell = { text: String(Math.round(distance)), colour: heatOf(share), isMarked: distance === least };
    return share > TEXT_ON_DARK ? { ...cell, textColour: WHITE } : cell;
  });
}
