/** What distance does to a sound. Pure. */

/** Nearer than this, in metres, a voice is as loud as here. */
export const referenceDistance = 1;
/** The product of the cutoff in Hz and the metres beyond the reference: 20 kHz at 16 m, 3 kHz at 101 m. */
const airHzMetres = 300_000;

/** Inverse distance: 1 up to the reference, then 6 dB less for each doubling. */
export function distanceGain(distance: number): number {
  return referenceDistance / Math.max(referenceDistance, distance);
}

/**
 * Coefficient c of the low-pass `y += c * (x - y)` that the air is: its cutoff is 300000 Hz / (distance - 1 m).
 * 1, no filter at all, up to the reference.
 */
export function airCoefficient(distance: number, sampleRate: number): number {
  const beyond = distance - referenceDistance;
  return beyond <= 0 ? 1 : 1 - Math.exp((-2 * Math.PI * airHzMetres) / (beyond * sampleRate));
}
