/** Constant-power gains of a point on a ring of loudspeakers around the listener. Pure; allocates nothing. */

const degree = Math.PI / 180;

/**
 * One gain per channel into `out`; their squares add up to 1. `azimuth` in degrees, 0 in front, clockwise.
 * - 1 channel: 1.
 * - 2 channels, left and right: the stereo field, -90 left to 90 right; what is behind is heard as in front.
 * - 3 and more: loudspeakers at equal distances round the listener, the first two left and right of the front: channel k,
 *   from 0, stands at (k - 1/2) * 360 / channels degrees. A point sounds from the two that it lies between, with the gains of
 *   vector base amplitude panning.
 */
export function ringGains(azimuth: number, out: Float64Array): void {
  const count = out.length;
  if (count === 1) {
    out[0] = 1;
    return;
  }
  if (count === 2) {
    const angle = ((Math.sin(azimuth * degree) + 1) * Math.PI) / 4;
    out[0] = Math.cos(angle);
    out[1] = Math.sin(angle);
    return;
  }
  const spacing = (2 * Math.PI) / count;
  const place = (azimuth * degree) / spacing + 0.5;
  const before = Math.floor(place);
  const share = place - before;
  const first = Math.sin(spacing * (1 - share));
  const second = Math.sin(spacing * share);
  const power = Math.sqrt(first * first + second * second);
  out.fill(0);
  out[wrap(before, count)] = first / power;
  out[wrap(before + 1, count)] = second / power;
}

function wrap(index: number, count: number): number {
  return ((index % count) + count) % count;
}

/** The same direction, at most half a circle away from `from`. */
export function nearestTurn(from: number, azimuth: number): number {
  const turn = (azimuth - from) % 360;
  if (turn > 180) return from + turn - 360;
  return turn < -180 ? from + turn + 360 : from + turn;
}
