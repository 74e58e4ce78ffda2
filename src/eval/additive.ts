/** A plain instrument of sines, where no other can be had: harmonic partials that decay as strings do. */
import type { Performance } from '../../models/index.js';
import type { Instrument } from './instrument.js';
import { DETECTOR_RATE } from './note-spectra.js';

const PARTIALS = 12;
const TOP_HZ = 6000;
/** Of a key at full velocity, of its first partial; the k-th has 1/k of it, and all go through the felt. */
const LOUDEST = 0.12;
/** Hz: first-order low-pass of the hammer, as in the recipes. */
const FELT_HZ = 1000;
const ATTACK_SECONDS = 0.05;
const RELEASE_SECONDS = 0.1;
/** After this many time constants a note is over. */
const LAST_TAU = 7;

export const additiveInstrument: Instrument = {
  name: 'sines',
  fingerprint: 'sines-3',
  render: async (performance, seconds) => renderAdditive(performance, seconds),
};

/** The pedal is not heeded: notes end when their keys come up. */
export function renderAdditive({ notes }: Performance, seconds: number): Float32Array {
  const out = new Float32Array(Math.round(seconds * DETECTOR_RATE));
  for (const { pitch, velocity, seconds: begin, endSeconds } of notes) {
    const tau = 3 * 2 ** (-(pitch - 60) / 18);
    const first = Math.round(begin * DETECTOR_RATE);
    const held = (endSeconds - begin) * DETECTOR_RATE;
    const last = Math.min(out.length, first + held + LAST_TAU * RELEASE_SECONDS * DETECTOR_RATE);
    const hz = 440 * 2 ** ((pitch - 69) / 12);
    for (let k = 1; k <= PARTIALS && k * hz < TOP_HZ; k++) {
      const amplitude = (LOUDEST * velocity ** 2) / k / Math.hypot(1, (k * hz) / FELT_HZ);
      const step = (2 * Math.PI * k * hz) / DETECTOR_RATE;
      for (let t = first; t < last; t++)
        out[t] = out[t]! + amplitude * Math.sin(step * (t - first)) * envelope(t - first, tau, held);
    }
  }
  return out;
}

/** After `t` samples of a note of time constant `tau` seconds, let go after `held` samples. */
function envelope(t: number, tau: number, held: number): number {
  // Slow and without corners: sines have no hammer, and a click of theirs would look like many keys.
  const attack = Math.sin((Math.PI / 2) * Math.min(1, t / (ATTACK_SECONDS * DETECTOR_RATE))) ** 2;
  const decay = Math.exp(-t / (tau * DETECTOR_RATE));
  return t <= held
    ? attack * decay
    : attack * decay * Math.exp(-(t - held) / (RELEASE_SECONDS * DETECTOR_RATE));
}
