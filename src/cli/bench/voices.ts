import type { CoreRates } from '../../../models/index.js';
import { type BlockWork, measureBlocks, summariseBlocks } from './block-costs.js';
import { limitFigures, probeCore } from './core-limits.js';
import {
  openSubject,
  type SpeedFigures,
  type Subject,
  type SubjectOptions,
  subjectFacts,
} from './subject.js';

export interface VoicesBench extends SpeedFigures {
  readonly voices: number;
  /** Voices that would play in real time on one core, were each as fast as one of these: realTimeFactor floored. */
  readonly voicesInRealTime: number;
  readonly blockFrames: number;
  readonly seconds: number;
}

export interface VoicesBenchOptions extends SubjectOptions {
  readonly voices: number;
  readonly seconds: number;
  readonly block: number;
  readonly repeats: number;
  readonly core?: CoreRates | undefined;
}

/** All figures are of all voices together. */
export async function benchVoices(folder: string, options: VoicesBenchOptions): Promise<VoicesBench> {
  const { voices, seconds, block, repeats } = options;
  const core = options.core ?? probeCore();
  const subject = await openSubject(folder, options);
  const { sampleRate } = subject.stepper;
  const work = groupWork(subject, voices, block);
  work.step();
  const numBlocks = Math.max(1, Math.ceil((seconds * sampleRate) / block));
  const figures = summariseBlocks(measureBlocks(work, numBlocks, repeats), block, sampleRate);
  const realTimeFactor = figures.realTimeFactor * voices;
  const samplesPerSecond = realTimeFactor * sampleRate;
  const result = {
    ...subjectFacts(subject.bundle, subject.stepper, subject.reason),
    voices,
    seconds,
    blockFrames: block,
    repeats,
    realTimeFactor,
    samplesPerSecond,
    voicesInRealTime: Math.floor(realTimeFactor),
    worstBlock: figures.worstBlock,
    ...limitFigures(subject.bundle, core, samplesPerSecond, { voices, framesPerPass: 1 }),
  };
  subject.stepper.dispose();
  return result;
}

/** A group: the native stepper serves all its voices in one pass over the weights. */
function groupWork({ bundle, stepper }: Subject, voices: number, block: number): BlockWork {
  const group = stepper.createGroup(voices);
  const outs = Array.from({ length: voices }, () => new Float32Array(block));
  const samplings = outs.map(() => bundle.manifest.sampling);
  const restart = (): void => {
    for (let slot = 0; slot < voices; slot++) group.start(slot, slot + 1);
  };
  restart();
  return { restart, step: () => group.stepBlock(outs, block, samplings) };
}
