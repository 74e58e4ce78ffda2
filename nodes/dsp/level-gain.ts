/**
 * Amplitude of a level for every frame of a ramp: some ten times faster than a power, and a pure function of the level, so what is
 * heard does not depend on how time is cut into ticks. Within 3e-9 of `dbToGain`, which is finer than a float; equal to it at
 * multiples of 1/8 dB, of which 0 dB is 1.
 */
import { dbToGain } from '../../graph/index.js';

/** Levels that have a table, in dB; beyond them a power is taken. */
export const TABLE_FROM_DB = -120;
export const TABLE_TO_DB = 24;

const STEPS_PER_DB = 8;
const NEPER_PER_DB = Math.LN10 / 20;
const table = Float64Array.from({ length: (TABLE_TO_DB - TABLE_FROM_DB) * STEPS_PER_DB + 1 }, (_, k) =>
  dbToGain(TABLE_FROM_DB + k / STEPS_PER_DB),
);

/** Does not allocate. -Infinity dB is 0; NaN stays NaN. */
export function levelGain(db: number): number {
  if (!(db >= TABLE_FROM_DB && db <= TABLE_TO_DB)) return dbToGain(db);
  const steps = (db - TABLE_FROM_DB) * STEPS_PER_DB;
  const step = Math.floor(steps);
  const nepers = ((steps - step) / STEPS_PER_DB) * NEPER_PER_DB;
  return table[step]! * (1 + nepers * (1 + nepers * (1 / 2 + nepers / 6)));
}
