/** Takes: what was played, so that it can be played again. */
export { takeErrors } from './errors.js';
export type { TakeEntry, TakeHeader } from './format.js';
export { readTake, type Take } from './read-take.js';
export { type ReplayOptions, replayTake } from './replay.js';
export { TakeWriter } from './take-writer.js';
