import type { Bundle } from '../bundle/types.js';
import { ModelError } from '../errors.js';
import { loadNative } from '../native/load.js';
import { createNativeStepper, NativeStepper } from '../native/native-stepper.js';
import type { Stepper, StepperKind } from '../stepper.js';
import { createPortableStepper, type PortableKind } from './portable-stepper.js';

/** `auto` is the fastest that this machine has: native, else wasm. */
export type StepperChoice = 'auto' | 'reference' | 'native' | 'wasm';

export const STEPPER_CHOICES: readonly StepperChoice[] = ['auto', 'native', 'wasm', 'reference'];

export interface ChosenStepper {
  readonly stepper: Stepper;
  /** Why this one: a clause for status and takes. */
  readonly reason: string;
}

/** One stepper per bundle and kind in this thread: its weights are shared by all voices. */
const shared = new WeakMap<Bundle, Map<StepperKind, Promise<Stepper>>>();

/**
 * Makes, or finds again, the stepper of a bundle. Off the audio path.
 * Rejects with MODEL_NATIVE when native is asked for by name and cannot be loaded; `auto` never does.
 */
export async function chooseStepper(bundle: Bundle, choice: StepperChoice): Promise<ChosenStepper> {
  if (choice === 'reference' || choice === 'wasm') {
    return { stepper: await portable(bundle, choice), reason: 'asked for by name' };
  }
  const loaded = loadNative();
  if (loaded.ok) {
    const stepper = await sharedStepper(bundle, 'native', async () =>
      createNativeStepper(bundle, loaded.addon),
    );
    const reason = choice === 'native' ? 'asked for by name' : 'the fastest that this machine has';
    return { stepper, reason };
  }
  if (choice === 'native') {
    throw new ModelError('MODEL_NATIVE', `The native stepper cannot be used: ${loaded.reason}.`, {
      remedy: loaded.remedy,
    });
  }
  return { stepper: await portable(bundle, 'wasm'), reason: `${loaded.reason}. ${loaded.remedy}` };
}

/** The stepper when its streams run on native threads. */
export function asNative(stepper: Stepper): NativeStepper | undefined {
  return stepper instanceof NativeStepper ? stepper : undefined;
}

function portable(bundle: Bundle, kind: PortableKind): Promise<Stepper> {
  return sharedStepper(bundle, kind, () => createPortableStepper(bundle, kind));
}

function sharedStepper(bundle: Bundle, kind: StepperKind, create: () => Promise<Stepper>): Promise<Stepper> {
  let kinds = shared.get(bundle);
  if (kinds === undefined) {
    kinds = new Map();
    shared.set(bundle, kinds);
  }
  let stepper = kinds.get(kind);
  if (stepper === undefined) {
    stepper = create();
    kinds.set(kind, stepper);
    // A failure is told to whoever asked, and tried again next time.
    stepper.catch(() => kinds.delete(kind));
  }
  return stepper;
}
