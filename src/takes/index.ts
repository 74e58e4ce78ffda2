/** Takes: what was played, so that it can be played again. */
export { Comparison, type Difference } from './compare.js';
export { ConvertedWav } from './converted-wav.js';
export { TakeError, takeErrors } from './errors.js';
export { audioFile, headerFile, stateFile, type TakeEntry, type TakeHeader } from './format.js';
export { bundleNamed, TakeBundles } from './hash-bundle.js';
export { readTake, type Take } from './read-take.js';
export { type ReplayOptions, replayTake } from './replay.js';
export { Stems } from './stems.js';
export { TakeWatch } from './take-watch.js';
export { TakeWriter } from './take-writer.js';
