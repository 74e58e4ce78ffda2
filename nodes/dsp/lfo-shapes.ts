import { hashRandom } from './hash-random.js';

export const lfoShapes = ['sine', 'triangle', 'saw', 'square', 'random', 'smooth-random'] as const;
export type LfoShape = (typeof lfoShapes)[number];

/**
 * Value in [-1, 1] at `cycles` (whole part: which cycle, fraction: where in it). All but the random shapes start
 * at 0 and rise; `random` holds one value per cycle, `smooth-random` glides from each to the next.
 * Pure, so any future value can be known now.
 */
export function lfoValue(shape: LfoShape, cycles: number, seed: number): number {
  const cycle = Math.floor(cycles);
  const phase = cycles - cycle;
  switch (shape) {
    case 'sine':
      return Math.sin(2 * Math.PI * phase);
    case 'triangle':
      return phase < 0.25 ? 4 * phase : phase < 0.75 ? 2 - 4 * phase : 4 * phase - 4;
    case 'saw':
      return phase < 0.5 ? 2 * phase : 2 * phase - 2;
    case 'square':
      return phase < 0.5 ? 1 : -1;
    case 'random':
      return 2 * hashRandom(seed, cycle) - 1;
    case 'smooth-random': {
      const from = 2 * hashRandom(seed, cycle) - 1;
      const to = 2 * hashRandom(seed, cycle + 1) - 1;
      return from + (to - from) * (0.5 - 0.5 * Math.cos(Math.PI * phase));
    }
  }
}
