import { whyNotRecurrent } from '../bundle/layout.js';
import type { Bundle } from '../bundle/types.js';
import { ModelError } from '../errors.js';
import { loadNative } from '../native/load.js';
import { createNativeStepper, NativeStepper } from '../native/native-stepper.js';
import type { Stepper } from '../stepper.js';
import { createPortableStepper } from './portable-stepper.js';

/** `auto` is the fastest that this machine has: native, else wasm. */
export type StepperChoice = 'auto' | 'reference' | 'native' | 'wasm';

export const STEPPER_CHOICES: readonly StepperChoice[] = ['auto', 'native', 'wasm', 'reference'];

export interface ChosenStepper {
  readonly stepper: Stepper;
  /** Why this one: a clause for status and takes. */
  readonly reason: string;
}

/**
 * Makes the stepper of a bundle, which the caller owns. Off the audio path.
 * Rejects with MODEL_NATIVE when native is asked for by name and cannot be loaded, which `auto` never
 * does, and with MODEL_UNSUPPORTED for a model that cannot be stepped.
 */
export async function chooseStepper(bundle: Bundle, choice: StepperChoice): Promise<ChosenStepper> {
  const reason = whyNotRecurrent(bundle.manifest.architecture);
  if (reason !== undefined) {
    throw new ModelError('MODEL_UNSUPPORTED', `No stepper can run ${reason}.`, {
      remedy: 'Only causal, autoregressive models play live; sashimi model info says what this one is.',
    });
  }
  if (choice === 'reference' || choice === 'wasm') {
    return { stepper: await createPortableStepper(bundle, choice), reason: 'asked for by name' };
  }
  const loaded = loadNative();
  if (loaded.ok) {
    const reason = choice === 'native' ? 'asked for by name' : 'the fastest that this machine has';
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

/** What streams of this thread share: the weights of a bundle are in memory once per stepper. */
const shared = new WeakMap<Bundle, Map<StepperChoice, Promise<ChosenStepper>>>();

/** As chooseStepper, but the same stepper each time, for all streams of a bundle: nobody may dispose of it. */
export function sharedStepper(bundle: Bundle, choice: StepperChoice): Promise<ChosenStepper> {
  let choices = shared.get(bundle);
  if (choices === undefined) {
    choices = new Map();
    shared.set(bundle, choices);
  }
  let chosen = choices.get(choice);
  if (chosen === undefined) {
    chosen = chooseStepper(bundle, choice);
    choices.set(choice, chosen);
    // A failure is told to whoever asked, and tried again next time.
    chosen.catch(() => choices.delete(choice));
  }
  return chosen;
}

/** The stepper when its streams run on native threads. */
export function asNative(stepper: Stepper): NativeStepper | undefined {
  return stepper instanceof NativeStepper ? stepper : undefined;
}
