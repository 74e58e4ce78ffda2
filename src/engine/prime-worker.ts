/** The thread in which a voice listens to a file. */
import { workerData } from 'node:worker_threads';
import { type Bundle, chooseStepper, encode, loadBundle, totalPool } from '../../models/index.js';
import { AudioFileError, loadMono } from '../audio-files/index.js';
import type { PrimeReply, PrimeTask } from './primer.js';

/** Of the stepper at once. */
const BLOCK_FRAMES = 4096;

const { port, signal, ...task } = workerData as PrimeTask;

async function prime(): Promise<PrimeReply> {
  const bundle = await loadBundle(task.bundleDir);
  const { sampleRate } = bundle.manifest;
  const { samples, faults } = await loadMono(task.path, sampleRate, task.stretch);
  const ids = wholeWindows(bundle, encode(bundle.manifest.quantiser, samples));
  const { stepper } = await chooseStepper(bundle, task.stepper, task.provider);
  const voice = stepper.createVoice(task.seed);
  for (let at = 0; at < ids.length; at += BLOCK_FRAMES) {
    const block = ids.subarray(at, at + BLOCK_FRAMES);
    voice.forceBlock(block, block.length);
  }
  const snapshot = new Uint8Array(voice.snapshotBytes);
  voice.snapshot(snapshot);
  stepper.dispose();
  return { ok: true, state: { snapshot, seconds: ids.length / sampleRate, faults } };
}

/** The last tokens, as many as all tiers have whole windows of: there the state may go on at any such frame. */
function wholeWindows({ manifest }: Bundle, ids: Uint8Array): Uint8Array {
  const pool = totalPool(manifest.architecture);
  const frames = Math.floor(ids.length / pool) * pool;
  if (frames > 0) return ids.subarray(ids.length - frames);
  throw new AudioFileError(
    'AUDIO_FILE_RANGE',
    `${task.path}: ${ids.length} samples are too few to listen to; expected ${pool} or more.`,
  );
}

const reply = await prime().catch((error: unknown): PrimeReply => {
  const { code, remedy, message } = error as { code?: string; remedy?: string; message?: string };
  return { ok: false, code, remedy, message: message ?? String(error) };
});
port.postMessage(reply);
// Who waits without an event loop is woken by this.
Atomics.store(signal, 0, 1);
Atomics.notify(signal, 0);
