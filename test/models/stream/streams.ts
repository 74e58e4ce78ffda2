/** Ways of opening the same model as a live stream, for tests. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { loadBundle } from '../../../models/bundle/load.js';
import { writeBundle } from '../../../models/bundle/write.js';
import { loadNative } from '../../../models/native/load.js';
import type { Sampling } from '../../../models/stepper.js';
import type { StepperChoice } from '../../../models/stream/choose-stepper.js';
import { openStream } from '../../../models/stream/open.js';
import type { ModelStream } from '../../../models/stream.js';
import { type TinyBundleOptions, tinyBundleParts } from '../../support/tiny-bundle.js';

const native = loadNative();

/** Why native streams are not tested, for titles; empty when they are. */
export const nativeMissing = native.ok ? '' : ` (skipped: ${native.reason})`;

export const threadedChoices: readonly StepperChoice[] = native.ok
  ? ['native', 'wasm', 'reference']
  : ['wasm', 'reference'];

export const SAMPLING: Sampling = { temperature: 0.9, topP: 0.95, topK: 0 };

/** Writes a tiny bundle to `folder` and gives what openStream takes. */
export async function tinyOptions(folder: string, options: TinyBundleOptions = {}) {
  const { draft, tensors } = tinyBundleParts({ dModel: 8, ...options });
  await writeBundle(folder, draft, tensors, '# Tiny\n');
  return {
    bundle: await loadBundle(folder),
    bundleDir: folder,
    seed: 3,
    lookAheadFrames: 128,
    sampling: SAMPLING,
  };
}

export type TinyOptions = Awaited<ReturnType<typeof tinyOptions>>;

export async function openThreaded(options: TinyOptions, stepper: StepperChoice): Promise<ModelStream> {
  return (await openStream({ ...options, stepper, mode: 'threaded' })).stream;
}

/** The first samples that an inline stream gives: what a threaded one must give too. */
export async function inlineSamples(
  options: TinyOptions,
  stepper: StepperChoice,
  count: number,
): Promise<Float32Array> {
  const { stream } = await openStream({ ...options, stepper, mode: 'inline' });
  const out = new Float32Array(count);
  stream.read(out, count);
  await stream.close();
  return out;
}

/** Reads `count` frames in blocks of 43, waiting for the thread when the ring is dry. */
export async function readAll(stream: ModelStream, count: number): Promise<Float32Array> {
  const all = new Float32Array(count);
  const block = new Float32Array(43);
  for (let done = 0, dry = 0; done < count; ) {
    const n = stream.read(block, Math.min(block.length, count - done));
    all.set(block.subarray(0, n), done);
    done += n;
    if (n > 0) continue;
    dry++;
    if (dry > 5000) throw new Error(`the stream stopped after ${done} frames`);
    await delay(1);
  }
  return all;
}

/**
 * A live run in which no rollback was late. A busy machine holds the stepping thread up; then a rollback is late and
 * cross-faded, which is right, but its samples are not those of an offline run. So it plays again, a few times at most.
 */
export async function playedOnTime<T extends { readonly lateRollbacks: number }>(
  play: () => Promise<T>,
): Promise<T> {
  let run = await play();
  for (let turn = 0; run.lateRollbacks > 0 && turn < 20; turn++) run = await play();
  assert.equal(run.lateRollbacks, 0, 'a rollback was late in every run');
  return run;
}
