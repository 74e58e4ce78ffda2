/** Ways of opening the same model as a live stream, for tests. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { loadBundle } from '../../../models/bundle/load.js';
import { writeBundle } from '../../../models/bundle/write.js';
import { loadNative } from '../../../models/native/load.js';
import type { Sampling } from '../../../models/stepper.js';
import type { StepperChoice } from '../../../models/stream/choose-stepper.js';
import { type OpenStreamOptions, openStream } from '../../../models/stream/open.js';
import type { Lapse, LapseRecord, ModelStream } from '../../../models/stream.js';
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
 * Waits until the thread has filled the ring; there is nothing to wait for where there is no thread. Twice, as a thread that is going
 * back wants less of it for a moment.
 */
export async function settled(stream: ModelStream): Promise<void> {
  if (stream.mode === 'inline') return;
  for (let [turn, times] = [0, 0]; times < 2; turn++) {
    assert.ok(turn < 5000, 'the ring never filled');
    if (turn > 0) await delay(1);
    if (stream.availableFrames > stream.lookAheadFrames - 32) times++;
  }
}

export type Read = (out: Float32Array, numFrames: number) => number;

/**
 * A live run on the native stepper, right to the bit whatever held its thread up: what was heard is made again inline, from what
 * was said and the lapses of the thread. One in which a rollback was late is played again, a few times at most: `expected`, which is
 * an offline run, is compared with one that was on time, if any was, and so are the counts that `check` looks at.
 */
export async function assertLive<T extends { readonly out: Float32Array; readonly lateRollbacks: number }>(
  options: Omit<OpenStreamOptions, 'stepper' | 'mode'>,
  play: (stream: ModelStream, read: Read) => Promise<T>,
  expected: (run: T) => Promise<Float32Array>,
  check: (run: T) => void,
): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    const { stream } = await openStream({ ...options, stepper: 'native', mode: 'threaded' });
    const lapses: Lapse[] = [];
    const lapse: LapseRecord = { kind: 'lost', read: 0, frame: 0, frames: 0 };
    const run = await play(stream, (out, numFrames) => {
      const count = stream.read(out, numFrames);
      while (stream.lapses?.take(lapse)) lapses.push({ ...lapse });
      return count;
    });
    await stream.close();
    const { stream: retold } = await openStream({
      ...options,
      stepper: 'native',
      mode: 'inline',
      retelling: () => lapses,
    });
    const again = await play(retold, (out, numFrames) => retold.read(out, numFrames));
    assert.equal(firstDifference(run.out, again.out), -1, JSON.stringify(lapses));
    await retold.close();
    // Who reads until it has all is not disturbed by a ring that runs dry.
    const isOnTime = lapses.every(({ kind }) => kind === 'steer' || kind === 'dry');
    if (run.lateRollbacks > 0 || !isOnTime) continue;
    assert.equal(firstDifference(run.out, await expected(run)), -1);
    check(run);
    return;
  }
}

/** The frame at which two sounds first differ; -1 where they are the same. */
export function firstDifference(a: Float32Array, b: Float32Array): number {
  assert.equal(a.length, b.length);
  return a.findIndex((sample, t) => !Object.is(sample, b[t]));
}
