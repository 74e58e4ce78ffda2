import { whyNotRecurrent } from '../bundle/layout.js';
import type { Bundle } from '../bundle/types.js';
import { ModelError } from '../errors.js';
import { CudaStepper, createCudaStepper } from '../native/cuda/cuda-stepper.js';
import { loadNative } from '../native/load.js';
import { NativePairStepper } from '../native/native-pair-stepper.js';
import { createNativeStepper, NativeStepper } from '../native/native-stepper.js';
import type { OnnxProvider } from '../onnx/providers.js';
import type { Pair, Stepper } from '../stepper.js';
import { PairStepper } from '../voices/pair-stepper.js';
import { createPortableStepper } from './portable-stepper.js';

/**
 * `auto` is native, else wasm: the same on every day, for renders and whatever compares samples. Who plays live has it replaced by
 * what a self-test found to be the fastest (models/self-test), onnx and cuda among them.
 */
export type StepperChoice = 'auto' | 'reference' | 'native' | 'wasm' | 'onnx' | 'cuda';

export const STEPPER_CHOICES: readonly StepperChoice[] = [
  'auto',
  'native',
  'wasm',
  'reference',
  'onnx',
  'cuda',
];

export interface ChosenStepper {
  readonly stepper: Stepper;
  /** Why this one: a clause for status and takes. */
  readonly reason: string;
}

/**
 * Makes the stepper of a bundle, which the caller owns. Off the audio path.
 * Rejects with MODEL_NATIVE, MODEL_CUDA, MODEL_ONNX or MODEL_ONNX_PROVIDER when a stepper is asked for by name and cannot
 * be used, which `auto` never does, with MODEL_UNSUPPORTED for a model that cannot be stepped, and with MODEL_ARGUMENT
 * for a provider beside another stepper than onnx.
 */
export async function chooseStepper(
  bundle: Bundle,
  choice: StepperChoice,
  provider?: OnnxProvider,
): Promise<ChosenStepper> {
  checkProvider(choice, provider);
  const reason = whyNotRecurrent(bundle.manifest.architecture);
  if (reason !== undefined) {
    throw new ModelError('MODEL_UNSUPPORTED', `No stepper can run ${reason}.`, {
      remedy: 'Only causal, autoregressive models play live; sashimi model info says what this one is.',
    });
  }
  if (choice === 'reference' || choice === 'wasm' || choice === 'onnx') {
    return { stepper: await createPortableStepper(bundle, choice, provider), reason: 'asked for by name' };
  }
  if (choice === 'cuda') return { stepper: createCudaStepper(bundle), reason: 'asked for by name' };
  const loaded = loadNative();
  if (loaded.ok) {
    const reason = choice === 'native' ? 'asked for by name' : 'the fastest on the processor';
    return { stepper: createNativeStepper(bundle, loaded.addon), reason };
  }
  if (choice === 'native') {
    throw new ModelError('MODEL_NATIVE', `The native stepper cannot be used: ${loaded.reason}.`, {
      remedy: loaded.remedy,
    });
  }
  return {
    stepper: await createPortableStepper(bundle, 'wasm'),
    reason: `${loaded.reason}. ${loaded.remedy}`,
  };
}

/** What `auto` is where nothing was measured. */
export function usualStepper(): 'native' | 'wasm' {
  return loadNative().ok ? 'native' : 'wasm';
}

/** Throws MODEL_ARGUMENT for a provider beside another stepper than onnx. */
function checkProvider(choice: StepperChoice, provider: OnnxProvider | undefined): void {
  if (provider === undefined || choice === 'onnx') return;
  throw new ModelError(
    'MODEL_ARGUMENT',
    `Provider ${provider} goes with --stepper onnx, not with ${choice}.`,
    {
      remedy: 'Leave --provider out, or use --stepper onnx.',
    },
  );
}

/** What streams of this thread share: the weights of a bundle are in memory once per stepper. */
const shared = new WeakMap<Bundle, Map<string, Promise<ChosenStepper>>>();

/** As chooseStepper, but the same stepper each time, for all streams of a bundle: nobody may dispose of it. */
export function sharedStepper(
  bundle: Bundle,
  choice: StepperChoice,
  provider?: OnnxProvider,
): Promise<ChosenStepper> {
  const key = `${choice} ${provider ?? ''}`;
  let choices = shared.get(bundle);
  if (choices === undefined) {
    choices = new Map();
    shared.set(bundle, choices);
  }
  let chosen = choices.get(key);
  if (chosen === undefined) {
    chosen = chooseStepper(bundle, choice, provider);
    choices.set(key, chosen);
    // A failure is told to whoever asked, and tried again next time.
    chosen.catch(() => choices.delete(key));
  }
  return chosen;
}

/** Two steppers as one, on native threads when both are. Throws MODEL_ARGUMENT for models that do not fit. */
export function pairSteppers(first: Stepper, second: Stepper, pair: Pair): PairStepper {
  if (first instanceof NativeStepper && second instanceof NativeStepper)
    return new NativePairStepper([first, second], pair);
  if (first instanceof CudaStepper && second instanceof CudaStepper)
    return new NativePairStepper([first, second], pair);
  return new PairStepper([first, second], pair);
}

/** The stepper when its streams run on native threads. */
export function asNative(stepper: Stepper): NativeStepper | NativePairStepper | CudaStepper | undefined {
  const isNative =
    stepper instanceof NativeStepper ||
    stepper instanceof NativePairStepper ||
    stepper instanceof CudaStepper;
  return isNative ? stepper : undefined;
}
