import { setTimeout as delay } from 'node:timers/promises';
import type { Bundle } from '../bundle/types.js';
import { ModelError } from '../errors.js';
import type { OnnxProvider } from '../onnx/providers.js';
import type { Pair, Sampling, StepperKind } from '../stepper.js';
import type { ModelStream } from '../stream.js';
import { type WatchdogSettings, watchdogSettings } from '../watchdog/settings.js';
import { asNative, pairSteppers, type StepperChoice, sharedStepper } from './choose-stepper.js';
import { InlineStream } from './inline-stream.js';
import { NativeStream } from './native-stream.js';
import { type Retelling, RetoldStream } from './retold-stream.js';
import type { SecondBundle } from './serve-stream.js';
import { WorkerStream } from './worker-stream.js';

/** A model that sounds as one with that of a stream: they step in lockstep, and `Sampling.blend` is its weight. */
export interface SecondModel extends Pair {
  readonly bundle: Bundle;
  /** As that of the first. */
  readonly bundleDir: string;
}

export interface OpenStreamOptions {
  readonly bundle: Bundle;
  /** Where the bundle was loaded from: a worker thread reads it again from there. */
  readonly bundleDir: string;
  /** Of the same sample rate, quantiser, emphasis and (where both take any) conditioning. Default: none. */
  readonly second?: SecondModel | undefined;
  readonly stepper: StepperChoice;
  /** Of the onnx stepper; the CPU when left out. */
  readonly provider?: OnnxProvider | undefined;
  /** `threaded` for live, `inline` for offline. */
  readonly mode: ModelStream['mode'];
  /** uint32. */
  readonly seed: number;
  /** Frames at the model's rate; at least 32. Unused inline. */
  readonly lookAheadFrames: number;
  /** The same where control changes are rolled back, so that it delays nothing. Default: `lookAheadFrames`. */
  readonly rollbackLookAheadFrames?: number;
  /** Times real time, below which nothing is rolled back: 0 for always, Infinity for never. Default 1.5. */
  readonly minRollbackSpeed?: number;
  /** Until the first `setSampling`. */
  readonly sampling: Sampling;
  /** Whether a model that runs away goes back to an earlier state. Default: it does. */
  readonly watchdog?: boolean;
  /** Inline: what is heard is what was heard of a stream on a thread, which these options are those of. */
  readonly retelling?: Retelling | undefined;
}

export interface OpenedStream {
  readonly stream: ModelStream;
  readonly stepper: { readonly kind: StepperKind; readonly instructionSet: string; readonly reason: string };
}

/** How long a threaded stream may take to fill its ring before it is handed over half-full. */
const FILL_MS = 2000;

/**
 * Opens one voice of a bundle as a stream; a threaded one is handed over when its ring is full.
 * Off the audio path. Rejects with what chooseStepper rejects with, with what loading in a worker gave, or with
 * MODEL_ARGUMENT for a second model that does not fit the first.
 */
export async function openStream(options: OpenStreamOptions): Promise<OpenedStream> {
  const { bundle, bundleDir, second, mode, provider, seed, lookAheadFrames, sampling } = options;
  if (second) checkSameEmphasis(bundle, second.bundle);
  const manifests = second ? [bundle.manifest, second.bundle.manifest] : [bundle.manifest];
  const watchdog = options.watchdog === false ? undefined : watchdogSettings(...manifests);
  if (options.stepper === 'onnx' && mode === 'threaded') return openOnnx(options, watchdog);
  const { stepper: first, reason } = await sharedStepper(bundle, options.stepper, provider);
  const stepper = second
    ? pairSteppers(first, (await sharedStepper(second.bundle, options.stepper, provider)).stepper, second)
    : first;
  const { kind, instructionSet } = stepper;
  const facts = { kind, instructionSet, reason };
  if (mode === 'inline') {
    const stream = new InlineStream(stepper, seed, sampling, watchdog);
    return { stream: retold(stream, asNative(stepper) !== undefined, options), stepper: facts };
  }

  const native = asNative(stepper);
  const stream = native
    ? new NativeStream(native, { ...options, watchdog })
    : await WorkerStream.open({
        bundleDir,
        second: second && secondBundle(second),
        kind: kind === 'wasm' ? 'wasm' : 'reference',
        seed,
        lookAheadFrames,
        sampling,
        watchdog,
      });
  await filled(stream);
  return { stream, stepper: facts };
}

function retold(stream: InlineStream, isNative: boolean, options: OpenStreamOptions): ModelStream {
  const { retelling, lookAheadFrames, rollbackLookAheadFrames = lookAheadFrames } = options;
  if (retelling === undefined) return stream;
  const planAheadFrames = isNative
    ? Math.max(lookAheadFrames, rollbackLookAheadFrames)
    : WorkerStream.planAheadFrames(lookAheadFrames);
  return new RetoldStream(stream, planAheadFrames, retelling, !isNative);
}

/** The worker alone opens the model: a second session here would only cost memory. */
async function openOnnx(
  options: OpenStreamOptions,
  watchdog: WatchdogSettings | undefined,
): Promise<OpenedStream> {
  const second = options.second && secondBundle(options.second);
  const stream = await WorkerStream.open({ ...options, second, watchdog, kind: 'onnx' });
  await filled(stream);
  const { instructionSet } = stream;
  return { stream, stepper: { kind: 'onnx', instructionSet, reason: 'asked for by name' } };
}

/** What a worker needs of it: nothing large crosses threads. */
function secondBundle({ bundleDir, mixing, isFirstDropped }: SecondModel): SecondBundle {
  return { bundleDir, mixing, isFirstDropped };
}

/** What two models say together is filtered once. */
function checkSameEmphasis(one: Bundle, other: Bundle): void {
  const [a, b] = [one, other].map(({ manifest }) => manifest.emphasis ?? 0);
  if (a === b) return;
  throw new ModelError('MODEL_ARGUMENT', `Expected two models of one emphasis but received ${a} and ${b}.`, {
    remedy:
      'Choose models that were trained with the same emphasis; sashimi model info says which they have.',
  });
}

/** Waits until the ring takes no further sub-block. Rejects with the fault of a stream that has ended before. */
async function filled(stream: NativeStream | WorkerStream): Promise<void> {
  const deadline = performance.now() + FILL_MS;
  while (stream.availableFrames + stream.subBlockFrames <= stream.lookAheadFrames) {
    const { fault } = stream.state;
    if (fault !== undefined) {
      await stream.close();
      throw new ModelError(fault.code, fault.message);
    }
    if (performance.now() > deadline) return;
    await delay(1);
  }
}
