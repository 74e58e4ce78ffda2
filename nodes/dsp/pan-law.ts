/**
 * Constant-power panning: the squares of the gains sum to the same at every position.
 * `position` runs from -1 (left) over 0 to 1 (right).
 */

/** Gain of a mono signal in the left channel; -3 dB in the middle. */
export function monoLeftGain(position: number): number {
  return Math.cos(((position + 1) * Math.PI) / 4);
}

/** Gain of a mono signal in the right channel; -3 dB in the middle. */
export function monoRightGain(position: number): number {
  return monoLeftGain(-position);
}

/**
 * A stereo signal keeps its near side; its far side is moved over. This is the share of the far side
 * that stays: 1 in the middle and on the way to its own side, 0 when everything is at the other.
 */
export function stereoStayGain(awayness: number): number {
  return awayness <= 0 ? 1 : Math.cos((awayness * Math.PI) / 2);
}

/** The share of the far side that is moved over; with the share that stays it keeps the power. */
export function stereoMoveGain(awayness: number): number {
  return awayness <= 0 ? 0 : Math.sin((awayness * Math.PI) / 2);
}
