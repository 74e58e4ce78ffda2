import type { TakeHeader } from '../../src/takes/index.js';

/** The head of a take, but for what a test says of it. */
export function takeHeader(said: Pick<TakeHeader, 'presetName' | 'patch'> & Partial<TakeHeader>): TakeHeader {
  return {
    seed: 7,
    sampleRate: 48_000,
    blockFrames: 64,
    channels: 1,
    lookAheadMs: 16,
    stepper: '',
    masterGainDb: 0,
    muted: false,
    bundles: [],
    plugins: [],
    ...said,
  };
}
