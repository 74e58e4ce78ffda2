/** The thread in which a voice listens to a sound. */
import { workerData } from 'node:worker_threads';
import {
  alignmentPeriod,
  type Bundle,
  chooseStepper,
  encodeSound,
  loadBundle,
  pairSteppers,
  type Stepper,
} from '../../models/index.js';
import { copyHeard, type HeardStretch, NodeError } from '../../nodes/index.js';
import {
  AudioFileError,
  convertMono,
  type LoadedSound,
  loadMono,
  type Stretch,
} from '../audio-files/index.js';
import type { PrimeReply, PrimeTask } from './primer.js';

/** Of the stepper at once. */
const BLOCK_FRAMES = 4096;

const { port, signal, ...task } = workerData as PrimeTask;

async function prime(): Promise<PrimeReply> {
  // At once: what was heard is kept for seconds only.
  const load = 'heard' in task.sound ? loaderOfHeard(task.sound.heard) : loaderOfFile(task.sound);
  const bundle = await loadBundle(task.bundleDir);
  const { sampleRate } = bundle.manifest;
  const { samples, faults } = await load(sampleRate);
  const stepper = await openStepper(bundle);
  const voice = stepper.createVoice(0);
  const ids = wholePeriods(encodeSound(bundle.manifest, samples), alignmentPeriod(voice));
  for (let at = 0; at < ids.length; at += BLOCK_FRAMES) {
    const block = ids.subarray(at, at + BLOCK_FRAMES);
    voice.forceBlock(block, block.length);
  }
  const snapshot = new Uint8Array(voice.snapshotBytes);
  voice.snapshot(snapshot);
  stepper.dispose();
  return { ok: true, state: { snapshot, seconds: ids.length / sampleRate, faults } };
}

async function openStepper(bundle: Bundle): Promise<Stepper> {
  const { stepper } = await chooseStepper(bundle, task.stepper, task.provider);
  const { second } = task;
  if (second === undefined) return stepper;
  if (second.bundleDir === task.bundleDir) return pairSteppers(stepper, stepper, second);
  const other = await chooseStepper(await loadBundle(second.bundleDir), task.stepper, task.provider);
  return pairSteppers(stepper, other.stepper, second);
}

/** Gives the sound at a rate. */
type Loader = (sampleRate: number) => Promise<LoadedSound>;

function loaderOfFile({ path, stretch }: { readonly path: string; readonly stretch: Stretch }): Loader {
  return (sampleRate) => loadMono(path, sampleRate, stretch);
}

function loaderOfHeard(heard: HeardStretch): Loader {
  const samples = copyHeard(heard);
  if (samples !== undefined) return (sampleRate) => convertMono(samples, heard.sampleRate, sampleRate);
  throw new NodeError(
    'MODEL_HEARD_TOO_LITTLE',
    'what was heard was gone before the model could listen to it',
  );
}

/** The last tokens, as many as a state must have heard that another voice can take up. */
function wholePeriods(ids: Uint8Array, period: number): Uint8Array {
  const frames = Math.floor(ids.length / period) * period;
  if (frames > 0) return ids.subarray(ids.length - frames);
  const few = `${ids.length} samples are too few to listen to; expected ${period} or more`;
  if ('heard' in task.sound) throw new NodeError('MODEL_HEARD_TOO_LITTLE', few);
  throw new AudioFileError('AUDIO_FILE_RANGE', `${task.sound.path}: ${few}.`);
}

const reply = await prime().catch((error: unknown): PrimeReply => {
  const { code, remedy, message } = error as { code?: string; remedy?: string; message?: string };
  return { ok: false, code, remedy, message: message ?? String(error) };
});
port.postMessage(reply);
// Who waits without an event loop is woken by this.
Atomics.store(signal, 0, 1);
Atomics.notify(signal, 0);
