import type { Voice } from '../stepper.js';

const ONE_TOKEN = new Uint8Array(1);

/** Frames from one time at which the voice is aligned to the next. Resets the voice, with seed 0. */
export function alignmentPeriod(voice: Voice): number {
  voice.reset(0);
  let frames = 0;
  do {
    voice.forceBlock(ONE_TOKEN, 1);
    frames++;
  } while (!voice.isAligned);
  voice.reset(0);
  return frames;
}
