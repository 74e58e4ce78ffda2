/** Whether a stepper of a model is right, and how fast: held against the reference in the same process. */
import {
  type Bundle,
  chooseStepper,
  LOGITS_TOLERANCE,
  largestDifference,
  type Sampling,
  type Stepper,
} from '../../../models/index.js';
import { largest, median } from './order-statistics.js';
import type { ProviderPath } from './provider-paths.js';

export interface ProviderFigures {
  readonly instructionSet: string;
  /** Until a voice could step. */
  readonly openMs: number;
  /** Largest difference of a logit from the reference, of `checkedFrames` that are forced. */
  readonly maxAbsLogits: number;
  /** The largest allowed. */
  readonly tolerance: number;
  /** Whether greedy ids are those of the reference, of as many. */
  readonly isGreedyEqual: boolean;
  readonly checkedFrames: number;
  /** Seconds of sound per second: the middle block. */
  readonly realTimeFactor: number;
  /** The slowest block's time over its duration. */
  readonly worstBlock: number;
  readonly blocks: number;
  /** The same of frames that are known already. */
  readonly primeRealTimeFactor: number;
}

export interface TryOptions {
  /** For each measurement of speed; at least a block is made. */
  readonly seconds: number;
  readonly blockFrames: number;
  readonly checkedFrames: number;
  readonly primeFrames: number;
}

const GREEDY: Sampling = { temperature: 0, topP: 1, topK: 0 };

/** Rejects with what choosing the stepper rejects with, or with what its voices throw. */
export async function tryProvider(
  bundle: Bundle,
  path: ProviderPath,
  options: TryOptions,
): Promise<ProviderFigures> {
  const { seconds, blockFrames, checkedFrames, primeFrames } = options;
  const startedMs = performance.now();
  const { stepper } = await chooseStepper(bundle, path.stepper, path.provider);
  const voice = stepper.createVoice(1);
  const { sampling } = bundle.manifest;
  const out = new Float32Array(blockFrames);
  // The first block compiles what a GPU runs.
  voice.stepBlock(out, blockFrames, sampling);
  const openMs = performance.now() - startedMs;
  const { stepper: reference } = await chooseStepper(bundle, 'reference');
  const ids = greedyIds(reference, checkedFrames);
  const isGreedyEqual = Buffer.compare(ids, greedyIds(stepper, checkedFrames)) === 0;
  const difference = largestDifference(logitsOf(stepper, ids), logitsOf(reference, ids));
  voice.reset(1);
  const blocksMs = timed(seconds, () => voice.stepBlock(out, blockFrames, sampling));
  const known = new Uint8Array(primeFrames);
  for (let i = 0; i < primeFrames; i++) known[i] = ids[i % ids.length]!;
  voice.forceBlock(known, primeFrames);
  const primesMs = timed(seconds, () => voice.forceBlock(known, primeFrames));
  const { sampleRate, instructionSet } = stepper;
  const blockMs = (blockFrames * 1000) / sampleRate;
  const figures = {
    instructionSet,
    openMs,
    maxAbsLogits: difference,
    tolerance: LOGITS_TOLERANCE,
    isGreedyEqual,
    checkedFrames,
    realTimeFactor: blockMs / median(blocksMs),
    worstBlock: largest(blocksMs) / blockMs,
    blocks: blocksMs.length,
    primeRealTimeFactor: (primeFrames * 1000) / sampleRate / median(primesMs),
  };
  stepper.dispose();
  return figures;
}

/** Milliseconds of each call, at least one, until `seconds` are over. */
function timed(seconds: number, work: () => void): Float64Array {
  const times: number[] = [];
  const endMs = performance.now() + seconds * 1000;
  do {
    const startedMs = performance.now();
    work();
    times.push(performance.now() - startedMs);
  } while (performance.now() < endMs);
  return Float64Array.from(times);
}

function greedyIds(stepper: Stepper, numFrames: number): Uint8Array {
  const ids = new Uint8Array(numFrames);
  stepper.createVoice(1).stepBlock(new Float32Array(numFrames), numFrames, GREEDY, ids);
  return ids;
}

function logitsOf(stepper: Stepper, ids: Uint8Array): Float32Array {
  const logits = new Float32Array(ids.length * stepper.levels);
  stepper.createVoice(1).forceBlock(ids, ids.length, logits);
  return logits;
}
