import type { Colour } from './canvas.js';

/** From faint to strong. */
const heat: readonly Colour[] = [
  [255, 255, 255],
  [198, 219, 239],
  [80, 150, 200],
  [90, 40, 120],
  [200, 40, 60],
  [250, 180, 40],
];

/** The colour of a share, 0 paper to 1 strongest; what lies beyond is as the end. */
export function heatOf(share: number): Colour {
  const at = Math.min(1, Math.max(0, share)) * (heat.length - 1);
  const index = Math.min(heat.length - 2, Math.floor(at));
  const [from, to] = [heat[index]!, heat[index + 1]!];
  const mix = (c: 0 | 1 | 2): number => Math.round(from[c] + (to[c] - from[c]) * (at - index));
  return [mix(0), mix(1), mix(2)];
}
