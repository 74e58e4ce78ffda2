import { chooseStepper, loadBundle, type OnnxProvider, type StepperChoice } from '../../models/index.js';

export interface StepperBench {
  readonly bundle: string;
  readonly stepper: string;
  readonly instructionSet: string;
  /** Why this stepper. */
  readonly reason: string;
  /** Seconds of sound made. */
  readonly seconds: number;
  readonly blockFrames: number;
  /** Seconds of sound per second of one core. */
  readonly realTimeFactor: number;
  /** The slowest block: its time over its duration. */
  readonly worstBlock: number;
  readonly worstBlockMs: number;
}

/** The first blocks, in which a virtual machine still learns, are not measured. */
const warmUpSeconds = 0.25;

export async function benchStepper(
  folder: string,
  options: {
    readonly stepper: StepperChoice;
    readonly provider?: OnnxProvider;
    readonly seconds: number;
    readonly block: number;
  },
): Promise<StepperBench> {
  const bundle = await loadBundle(folder);
  const { stepper, reason } = await chooseStepper(bundle, options.stepper, options.provider);
  const { sampleRate } = stepper;
  const voice = stepper.createVoice(1);
  const out = new Float32Array(options.block);
  const { sampling } = bundle.manifest;
  const blocksOf = (seconds: number): number =>
    Math.max(1, Math.ceil((seconds * sampleRate) / options.block));
  for (let i = blocksOf(warmUpSeconds); i > 0; i--) voice.stepBlock(out, options.block, sampling);

  const numBlocks = blocksOf(options.seconds);
  let worstMs = 0;
  const startedMs = performance.now();
  let beforeMs = startedMs;
  for (let i = 0; i < numBlocks; i++) {
    voice.stepBlock(out, options.block, sampling);
    const afterMs = performance.now();
    worstMs = Math.max(worstMs, afterMs - beforeMs);
    beforeMs = afterMs;
  }
  const seconds = (numBlocks * options.block) / sampleRate;
  return {
    bundle: bundle.manifest.name,
    stepper: stepper.kind,
    instructionSet: stepper.instructionSet,
    reason,
    seconds,
    blockFrames: options.block,
    realTimeFactor: (seconds * 1000) / (beforeMs - startedMs),
    worstBlock: worstMs / ((options.block * 1000) / sampleRate),
    worstBlockMs: worstMs,
  };
}
