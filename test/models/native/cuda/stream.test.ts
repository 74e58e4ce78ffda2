/** Live streams of the cuda stepper: a ring that is filled ahead, and a device that fails. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { loadNative } from '../../../../models/index.js';
import { openCuda } from '../../../../models/native/cuda/cuda-device.js';
import { type CudaStepper, createCudaStepper } from '../../../../models/native/cuda/cuda-stepper.js';
import { createNativeStepper } from '../../../../models/native/native-stepper.js';
import type { Sampling, Stepper } from '../../../../models/stepper.js';
import { NativeStream } from '../../../../models/stream/native-stream.js';
import { fakeCuda } from '../../../support/fake-cuda.js';
import { assertModelError } from '../../../support/model-errors.js';
import { tinyBundle } from '../../../support/tiny-bundle.js';

const SAMPLING: Sampling = { temperature: 0.9, topP: 0.95, topK: 0 };
const LOOK_AHEAD = 256;
const NUM_FRAMES = 2048;

function openStream(stepper: CudaStepper): NativeStream {
  return new NativeStream(stepper, {
    seed: 7,
    lookAheadFrames: LOOK_AHEAD,
    sampling: SAMPLING,
    minRollbackSpeed: Number.POSITIVE_INFINITY,
    watchdog: undefined,
  });
}

async function readAll(stream: NativeStream, numFrames: number): Promise<Float32Array> {
  const out = new Float32Array(numFrames);
  for (let at = 0; at < numFrames; ) {
    const count = Math.min(stream.availableFrames, 64, numFrames - at);
    if (count === 0) {
      await delay(1);
      continue;
    }
    at += stream.read(out.subarray(at), count);
  }
  return out;
}

function played(stepper: Stepper): Float32Array {
  const out = new Float32Array(NUM_FRAMES);
  stepper.createVoice(7).stepBlock(out, NUM_FRAMES, SAMPLING);
  return out;
}

describe('streams of the cuda stepper, by emulation', () => {
  const bundle = tinyBundle();

  it('gives what a voice gives', async function () {
    const stepper = createCudaStepper(bundle, fakeCuda(this));
    const stream = openStream(stepper);
    assert.deepEqual(await readAll(stream, NUM_FRAMES), played(stepper));
    await stream.close();
  });

  it('a device that fails hands its voice to the native stepper: the stream goes on, sample for sample', async function () {
    const library = fakeCuda(this);
    const native = loadNative();
    assert.ok(native.ok);
    const stepper = createCudaStepper(bundle, library);
    const stream = openStream(stepper);
    const first = await readAll(stream, NUM_FRAMES / 2);
    process.env.SASHIMI_FAKE_FAILS_AFTER = '0';
    try {
      const second = await readAll(stream, NUM_FRAMES / 2);
      const whole = Float32Array.of(...first, ...second);
      assert.deepEqual(whole, played(createNativeStepper(bundle, native.addon)));
      // A voice by itself says that it has no device.
      await assertModelError(
        () => stepper.createVoice(1).stepBlock(new Float32Array(64), 64, SAMPLING),
        'MODEL_CUDA',
      );
    } finally {
      delete process.env.SASHIMI_FAKE_FAILS_AFTER;
      await stream.close();
    }
  });

  it('without a driver there is a reason, and nothing else', async () => {
    const opened = openCuda('libno-such-driver.so.1');
    assert.ok(!opened.ok && opened.reason.length > 0);
    await assertModelError(() => createCudaStepper(bundle, 'libno-such-driver.so.1'), 'MODEL_CUDA');
  });
});
