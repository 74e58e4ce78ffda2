import type { CoreRates } from '../../../models/index.js';
import { type BlockFigures, type BlockWork, measureBlocks, summariseBlocks } from './block-costs.js';
import { limitFigures, probeCore } from './core-limits.js';
import {
  openSubject,
  type SpeedFigures,
  type Subject,
  type SubjectOptions,
  subjectFacts,
} from './subject.js';

export interface StepperBench extends SpeedFigures {
  /** Seconds of sound made in each repeat. */
  readonly seconds: number;
  /** Of the block that the figures of this level are about. */
  readonly blockFrames: number;
  readonly worstBlockMs: number;
  readonly slowestRealTimeFactor: number;
  /** One entry per size of block, smallest first. */
  readonly blocks: readonly BlockFigures[];
}

export interface StepperBenchOptions extends SubjectOptions {
  readonly seconds: number;
  readonly block: number;
  readonly repeats: number;
  /** Probed already; else this probes. */
  readonly core?: CoreRates | undefined;
}

/** The sizes that a sound card asks for, at the rate of the model. */
const usualBlocks = [64, 128, 256];
/** The first blocks, in which a virtual machine still learns, are not measured. */
const warmUpSeconds = 0.25;

export async function benchStepper(folder: string, options: StepperBenchOptions): Promise<StepperBench> {
  const { seconds, block, repeats } = options;
  const core = options.core ?? probeCore();
  const subject = await openSubject(folder, options);
  const sizes = [...new Set([...usualBlocks, block])].sort((a, b) => a - b);
  const blocks = sizes.map((size) => measureSize(subject, size, seconds, repeats));
  const main = blocks[sizes.indexOf(block)]!;
  const samplesPerSecond = main.realTimeFactor * subject.stepper.sampleRate;
  const result = {
    ...subjectFacts(subject.bundle, subject.stepper, subject.reason),
    seconds,
    repeats,
    blockFrames: block,
    realTimeFactor: main.realTimeFactor,
    slowestRealTimeFactor: main.slowestRealTimeFactor,
    samplesPerSecond,
    worstBlock: main.worstBlock,
    worstBlockMs: main.worstMs,
    blocks,
    ...limitFigures(subject.bundle, core, samplesPerSecond),
  };
  subject.stepper.dispose();
  return result;
}

function measureSize(subject: Subject, size: number, seconds: number, repeats: number): BlockFigures {
  const { sampleRate } = subject.stepper;
  const work = voiceWork(subject, size);
  const blocksOf = (length: number): number => Math.max(1, Math.ceil((length * sampleRate) / size));
  for (let i = blocksOf(Math.min(seconds, warmUpSeconds)); i > 0; i--) work.step();
  return summariseBlocks(measureBlocks(work, blocksOf(seconds), repeats), size, sampleRate);
}

/** One voice that makes its sound in blocks of `size` frames. */
export function voiceWork({ bundle, stepper }: Subject, size: number): BlockWork {
  const voice = stepper.createVoice(1);
  const out = new Float32Array(size);
  const { sampling } = bundle.manifest;
  return { restart: () => voice.reset(1), step: () => voice.stepBlock(out, size, sampling) };
}
