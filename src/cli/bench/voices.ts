import type { CoreRates, Sampling, Stepper, StepperChoice } from '../../../models/index.js';
import { type BlockWork, measureBlocks, summariseBlocks } from './block-costs.js';
import { limitFigures, probeCore } from './core-limits.js';
import { openSubject, type SpeedFigures, type Subject, subjectFacts } from './subject.js';

export interface VoicesBench extends SpeedFigures {
  readonly voices: number;
  /** Whether one pass over the weights serves all voices; else they step one after the other. */
  readonly isLockstep: boolean;
  /** Voices that would play in real time on this core, were each as fast as one of these. */
  readonly voicesInRealTime: number;
  readonly blockFrames: number;
  readonly seconds: number;
}

export interface VoicesBenchOptions {
  readonly stepper: StepperChoice;
  readonly voices: number;
  readonly seconds: number;
  readonly block: number;
  readonly repeats: number;
  readonly core?: CoreRates | undefined;
}

/** What a stepper with lockstep voices offers. */
interface VoiceGroup {
  start(slot: number, seed: number): void;
  stop(slot: number): void;
  stepBlock(outs: Float32Array[], numFrames: number, samplings: Sampling[]): void;
}
type WithGroups = Stepper & { createGroup?(capacity: number): VoiceGroup };

/** All figures are of all voices together. */
export async function benchVoices(folder: string, options: VoicesBenchOptions): Promise<VoicesBench> {
  const { voices, seconds, block, repeats } = options;
  const core = options.core ?? probeCore();
  const subject = await openSubject(folder, options.stepper);
  const { sampleRate } = subject.stepper;
  const isLockstep = (subject.stepper as WithGroups).createGroup !== undefined;
  const work = isLockstep ? groupWork(subject, voices, block) : separateWork(subject, voices, block);
  work.step();
  const numBlocks = Math.max(1, Math.ceil((seconds * sampleRate) / block));
  const figures = summariseBlocks(measureBlocks(work, numBlocks, repeats), block, sampleRate);
  const realTimeFactor = figures.realTimeFactor * voices;
  const samplesPerSecond = realTimeFactor * sampleRate;
  const facts = subjectFacts(subject);
  const result = {
    ...facts,
    path: `${facts.path}, ${isLockstep ? 'in lockstep' : 'one after the other'}`,
    voices,
    isLockstep,
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

function groupWork({ bundle, stepper }: Subject, voices: number, block: number): BlockWork {
  const group = (stepper as WithGroups).createGroup!(voices);
  const outs = Array.from({ length: voices }, () => new Float32Array(block));
  const samplings = outs.map(() => bundle.manifest.sampling);
  const restart = (): void => {
    for (let slot = 0; slot < voices; slot++) {
      group.stop(slot);
      group.start(slot, slot + 1);
    }
  };
  for (let slot = 0; slot < voices; slot++) group.start(slot, slot + 1);
  return { restart, step: () => group.stepBlock(outs, block, samplings) };
}

function separateWork({ bundle, stepper }: Subject, voices: number, block: number): BlockWork {
  const { sampling } = bundle.manifest;
  const all = Array.from({ length: voices }, (_, slot) => stepper.createVoice(slot + 1));
  const out = new Float32Array(block);
  return {
    restart: () => {
      for (const [slot, voice] of all.entries()) voice.reset(slot + 1);
    },
    step: () => {
      for (const voice of all) voice.stepBlock(out, block, sampling);
    },
  };
}
