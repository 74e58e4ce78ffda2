/** One channel of one FLAC frame: a predictor and what it did not predict. */
import type { HighFirstBits } from './bit-reader.js';

/** What contradicts the format; the frame is given up. */
export class BadFrame extends Error {}

const FIXED = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]] as const;

/**
 * Fills `out` (numFrames) with integers of `bits`, up to 33. They and the sums below stay under 2^53, so doubles hold
 * them exactly. `coefficients` (32) is scratch. Throws BadFrame or OutOfBits.
 */
export function readSubframe(
  bits: HighFirstBits,
  width: number,
  numFrames: number,
  out: Float64Array,
  coefficients: Float64Array,
): void {
  if (bits.take(1) !== 0) throw new BadFrame();
  const type = bits.take(6);
  const wasted = bits.take(1) === 1 ? bits.takeUnary() + 1 : 0;
  const left = width - wasted;
  if (left < 1) throw new BadFrame();
  if (type === 0) out.fill(bits.takeSigned(left), 0, numFrames);
  else if (type === 1) for (let i = 0; i < numFrames; i++) out[i] = bits.takeSigned(left);
  else if (type >= 8 && type <= 12) readFixed(bits, left, numFrames, out, type - 8);
  else if (type >= 32) readPredicted(bits, left, numFrames, out, type - 31, coefficients);
  else throw new BadFrame();
  if (wasted > 0) for (let i = 0; i < numFrames; i++) out[i] = out[i]! * 2 ** wasted;
}

function readFixed(
  bits: HighFirstBits,
  width: number,
  numFrames: number,
  out: Float64Array,
  order: number,
): void {
  if (order > numFrames) throw new BadFrame();
  for (let i = 0; i < order; i++) out[i] = bits.takeSigned(width);
  readResidual(bits, numFrames, order, out);
  const weights = FIXED[order]!;
  for (let i = order; i < numFrames; i++) {
    let sum = out[i]!;
    for (let k = 0; k < order; k++) sum += weights[k]! * out[i - 1 - k]!;
    out[i] = sum;
  }
}

function readPredicted(
  bits: HighFirstBits,
  width: number,
  numFrames: number,
  out: Float64Array,
  order: number,
  coefficients: Float64Array,
): void {
  if (order > numFrames) throw new BadFrame();
  for (let i = 0; i < order; i++) out[i] = bits.takeSigned(width);
  const precision = bits.take(4) + 1;
  if (precision === 16) throw new BadFrame();
  const shift = bits.takeSigned(5);
  if (shift < 0) throw new BadFrame();
  for (let k = 0; k < order; k++) coefficients[k] = bits.takeSigned(precision);
  readResidual(bits, numFrames, order, out);
  const scale = 2 ** -shift;
  for (let i = order; i < numFrames; i++) {
    let sum = 0;
    for (let k = 0; k < order; k++) sum += coefficients[k]! * out[i - 1 - k]!;
    out[i] = out[i]! + Math.floor(sum * scale);
  }
}

/** Rice codes in partitions, from `order` on. */
function readResidual(bits: HighFirstBits, numFrames: number, order: number, out: Float64Array): void {
  const method = bits.take(2);
  if (method > 1) throw new BadFrame();
  const parameterBits = method === 0 ? 4 : 5;
  const plainWidth = (1 << parameterBits) - 1;
  const partitions = 1 << bits.take(4);
  const length = numFrames / partitions;
  if (!Number.isInteger(length) || length < order) throw new BadFrame();
  let i = order;
  for (let p = 1; p <= partitions; p++) {
    const parameter = bits.take(parameterBits);
    const end = p * length;
    if (parameter === plainWidth) {
      const width = bits.take(5);
      while (i < end) out[i++] = width === 0 ? 0 : bits.takeSigned(width);
      continue;
    }
    const scale = 2 ** parameter;
    for (; i < end; i++) {
      const folded = bits.takeUnary() * scale + bits.take(parameter);
      out[i] = folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
    }
  }
}
