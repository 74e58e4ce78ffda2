import { setTimeout as delay } from 'node:timers/promises';
import type { Bundle } from '../bundle/types.js';
import { ModelError } from '../errors.js';
import type { OnnxProvider } from '../onnx/providers.js';
import type { Sampling, StepperKind } from '../stepper.js';
import type { ModelStream } from '../stream.js';
import { type WatchdogSettings, watchdogSettings } from '../watchdog/settings.js';
import { asNative, type StepperChoice, sharedStepper } from './choose-stepper.js';
import { InlineStream } from './inline-stream.js';
import { NativeStream } from './native-stream.js';
import { WorkerStream } from './worker-stream.js';

export interface OpenStreamOptions {
  readonly bundle: Bundle;
  /** Where the bundle was loaded from: a worker thread reads it again from there. */
  readonly bundleDir: string;
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
}

export interface OpenedStream {
  readonly stream: ModelStream;
  readonly stepper: { readonly kind: StepperKind; readonly instructionSet: string; readonly reason: string };
}

/** How long a threaded stream may take to fill its ring before it is handed over half-full. */
const FILL_MS = 2000;

/**
 * Opens one voice of a bundle as a stream; a threaded one is handed over when its ring is full.
 * Off the audio path. Rejects with what chooseStepper rejects with, or with what loading in a worker gave.
 */
export async function openStream(options: OpenStreamOptions): Promise<OpenedStream> {
  const { bundle, bundleDir, mode, provider, seed, lookAheadFrames, sampling } = options;
  const watchdog = options.watchdog === false ? undefined : watchdogSettings(bundle.manifest);
  if (options.stepper === 'onnx' && mode === 'threaded') return openOnnx(options, watchdog);
  const { stepper, reason } = await sharedStepper(bundle, options.stepper, provider);
  const { kind, instructionSet } = stepper;
  const facts = { kind, instructionSet, reason };
  if (mode === 'inline')
    return { stream: new InlineStream(stepper, seed, sampling, watchdog), stepper: facts };

  const native = asNative(stepper);
  const stream = native
    ? new NativeStream(native, { ...options, watchdog })
    : await WorkerStream.open({
        bundleDir,
        kind: kind === 'wasm' ? 'wasm' : 'reference',
        seed,
        lookAheadFrames,
        sampling,
        watchdog,
      });
  await filled(stream);
  return { stream, stepper: facts };
}

/** The worker alone opens the model: a second session here would only cost memory. */
async function openOnnx(
  options: OpenStreamOptions,
  watchdog: WatchdogSettings | undefined,
): Promise<OpenedStream> {
  const stream = await WorkerStream.open({ ...options, watchdog, kind: 'onnx' });
  await filled(stream);
  const { instructionSet } = stream;
  return { stream, stepper: { kind: 'onnx', instructionSet, reason: 'asked for by name' } };
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
