import { ModelError } from '../../errors.js';
import { isDiagonalTier, pairPrefixes } from './state-layout.js';
import type { ModelWeights } from './weights.js';

/** The recurrence of one layer in float64, (H, N, 2) each; `p` and `q` only where it is of rank 1. */
export interface Recurrence {
  readonly width: number;
  /** N. */
  readonly modes: number;
  readonly a: ArrayLike<number>;
  readonly b: ArrayLike<number>;
  readonly c: ArrayLike<number>;
  readonly rankOne: { readonly p: ArrayLike<number>; readonly q: ArrayLike<number> } | undefined;
  /** D (H). */
  readonly skip: ArrayLike<number>;
}

/** The recurrences of a tier's pairs: all diagonal, or all of rank 1, so that they can be computed together. */
export function tierRecurrences(weights: ModelWeights, tier: number): Recurrence[] {
  const isDiagonal = isDiagonalTier(weights, tier);
  return pairPrefixes(weights.architecture, tier).map((prefix) =>
    recurrence(weights, `${prefix}.s4`, isDiagonal),
  );
}

function recurrence(weights: ModelWeights, prefix: string, isDiagonal: boolean): Recurrence {
  const isS4 = weights.architecture.ssm.kind === 's4';
  const from = isS4 && isDiagonal ? `${prefix}.ssm.modes` : `${prefix}.ssm`;
  const get = (name: string) => weights.tensor(`${from}.${name}`).data;
  const a = get('a');
  const [width, modes] = weights.tensor(`${from}.a`).shape as [number, number];
  if (!(modes > 0)) throw new ModelError('MODEL_UNSUPPORTED', 'Expected at least one conjugate pair.');
  return {
    width,
    modes,
    a,
    b: isDiagonal ? realOnes(a.length) : get('b'),
    c: get('c'),
    rankOne: isDiagonal ? undefined : { p: get('p'), q: get('q') },
    skip: weights.tensor(`${prefix}.D`).data,
  };
}

/** B of a diagonal recurrence: its factor is folded into C. */
function realOnes(length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => (i % 2 === 0 ? 1 : 0));
}

/** The real (0) or imaginary (1) parts of `values` (H, N, 2) of each layer, as (layers, N, H) in float32. */
export function stackedParts(
  values: readonly ArrayLike<number>[],
  { width, modes }: Recurrence,
  part: 0 | 1,
): Float32Array {
  const stacked = new Float32Array(values.length * modes * width);
  let at = 0;
  for (const layer of values) {
    for (let n = 0; n < modes; n++) {
      for (let h = 0; h < width; h++) stacked[at++] = layer[2 * (h * modes + n) + part]!;
    }
  }
  return stacked;
}

/** What an input adds to the output of its own frame: D + sum_n Re(c_n b_n), per channel. */
export function directGain({ width, modes, b, c, skip }: Recurrence): Float32Array {
  return Float32Array.from({ length: width }, (_, h) => {
    let gain = skip[h]!;
    for (let k = 2 * h * modes; k < 2 * (h + 1) * modes; k += 2)
      gain += c[k]! * b[k]! - c[k + 1]! * b[k + 1]!;
    return gain;
  });
}
