/** What each key of an instrument looks like alone. */
import { HIGHEST_PITCH, LOWEST_PITCH, type Note } from '../../models/index.js';
import type { Instrument } from './instrument.js';
import { DETECTOR_RATE, NoteSpectra, NUM_BINS } from './note-spectra.js';

export const NUM_KEYS = HIGHEST_PITCH - LOWEST_PITCH + 1;

/** MIDI velocities at which every key is heard alone. */
export const TEMPLATE_VELOCITIES: readonly number[] = [40, 80, 120];
/** Which of these the templates are made at. */
const MADE_AT = 1;

export interface Templates {
  /** (NUM_KEYS, NUM_BINS): magnitudes of a key struck at velocity 80, in the mean from 30 to 300 ms after its onset. */
  readonly magnitudes: Float32Array;
  /** (velocities, NUM_KEYS): amplitude of a key at each of TEMPLATE_VELOCITIES, the root of the sum of squares over bins. */
  readonly amplitudes: Float32Array;
}

const HELD_SECONDS = 0.4;
const SPACING_SECONDS = 0.9;
const FROM_SECONDS = 0.03;
const TO_SECONDS = 0.3;
const LOOK_SECONDS = 0.01;
/** Neighbours in time are far apart in pitch, so that what is left of one does not colour the next: prime to 88. */
const KEY_STRIDE = 37;

/** Plays each key alone at each velocity. `onProgress` gets the share that is done. */
export async function makeTemplates(
  instrument: Instrument,
  onProgress: (share: number) => void = () => undefined,
): Promise<Templates> {
  const magnitudes = new Float32Array(NUM_KEYS * NUM_BINS);
  const amplitudes = new Float32Array(TEMPLATE_VELOCITIES.length * NUM_KEYS);
  const spectra = new NoteSpectra();
  const row = new Float64Array(NUM_BINS);
  for (const [v, velocity] of TEMPLATE_VELOCITIES.entries()) {
    const notes: Note[] = Array.from({ length: NUM_KEYS }, (_, i) => {
      const seconds = onsetOf(i);
      const pitch = LOWEST_PITCH + ((i * KEY_STRIDE) % NUM_KEYS);
      return { seconds, endSeconds: seconds + HELD_SECONDS, pitch, velocity: velocity / 127 };
    });
    const seconds = onsetOf(NUM_KEYS);
    const sound = await instrument.render({ notes, pedals: [], seconds }, seconds);
    for (const { seconds: onset, pitch } of notes) {
      meanSpectrum(spectra, sound, onset, row);
      const key = pitch - LOWEST_PITCH;
      if (v === MADE_AT) magnitudes.set(row, key * NUM_BINS);
      amplitudes[v * NUM_KEYS + key] = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
    }
    onProgress((v + 1) / TEMPLATE_VELOCITIES.length);
  }
  return { magnitudes, amplitudes };
}

function onsetOf(index: number): number {
  return 0.2 + index * SPACING_SECONDS;
}

function meanSpectrum(spectra: NoteSpectra, sound: Float32Array, onset: number, into: Float64Array): void {
  const look = new Float64Array(NUM_BINS);
  into.fill(0);
  let count = 0;
  for (let t = FROM_SECONDS; t <= TO_SECONDS + 1e-9; t += LOOK_SECONDS, count++) {
    spectra.look(sound, Math.round((onset + t) * DETECTOR_RATE), look);
    for (let b = 0; b < NUM_BINS; b++) into[b] = into[b]! + look[b]!;
  }
  for (let b = 0; b < NUM_BINS; b++) into[b] = into[b]! / count;
}

/** Amplitude at which a key struck with `velocity`, above 0 to 1, is heard alone: between and beyond the measured ones a power law. */
export function amplitudeAt({ amplitudes }: Templates, pitch: number, velocity: number): number {
  const at = (v: number): readonly [number, number] => [
    Math.log(TEMPLATE_VELOCITIES[v]! / 127),
    Math.log(amplitudes[v * NUM_KEYS + pitch - LOWEST_PITCH]! + 1e-9),
  ];
  const x = Math.log(velocity);
  let v = 0;
  while (v < TEMPLATE_VELOCITIES.length - 2 && x > at(v + 1)[0]) v++;
  const [x0, y0] = at(v);
  const [x1, y1] = at(v + 1);
  return Math.exp(y0 + ((x - x0) / (x1 - x0)) * (y1 - y0));
}

/** Amplitude of the template of each key (NUM_KEYS). */
export function templateAmplitudes({ amplitudes }: Templates): Float32Array {
  return amplitudes.subarray(MADE_AT * NUM_KEYS, (MADE_AT + 1) * NUM_KEYS);
}
