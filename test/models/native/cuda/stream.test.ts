/** Live streams of the cuda stepper: a ring that is filled ahead, two models as one, control that goes back, and a device that fails. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { loadNative } from '../../../../models/index.js';
import { openCuda } from '../../../../models/native/cuda/cuda-device.js';
import { createCudaStepper } from '../../../../models/native/cuda/cuda-stepper.js';
import { createNativeStepper } from '../../../../models/native/native-stepper.js';
import type { Pair, Sampling, Stepper } from '../../../../models/stepper.js';
import { asNative, pairSteppers } from '../../../../models/stream/choose-stepper.js';
import { NativeStream } from '../../../../models/stream/native-stream.js';
import { fakeCuda } from '../../../support/fake-cuda.js';
import { assertModelError } from '../../../support/model-errors.js';
import { TINY_CONDITIONING, tinyBundle } from '../../../support/tiny-bundle.js';

const SAMPLING: Sampling = { temperature: 0.9, topP: 0.95, topK: 0 };
const LOOK_AHEAD = 256;
const NUM_FRAMES = 2048;
const GUIDANCE: Pair = { mixing: 'product', isFirstDropped: true };
const MIXTURE: Pair = { mixing: 'mixture', isFirstDropped: false };

function openStream(
  stepper: Stepper,
  { minRollbackSpeed = Number.POSITIVE_INFINITY, sampling = SAMPLING } = {},
): NativeStream {
  return new NativeStream(asNative(stepper)!, {
    seed: 7,
    lookAheadFrames: LOOK_AHEAD,
    sampling,
    minRollbackSpeed,
    watchdog: undefined,
  });
}

/** Waits until the ring is full. */
async function filled(stream: NativeStream): Promise<void> {
  while (stream.availableFrames + stream.subBlockFrames <= stream.lookAheadFrames) await delay(1);
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

function played(stepper: Stepper, sampling = SAMPLING): Float32Array {
  const out = new Float32Array(NUM_FRAMES);
  stepper.createVoice(7).stepBlock(out, NUM_FRAMES, sampling);
  return out;
}

/** What is read while the device is lost. */
async function readLost(stream: NativeStream, numFrames: number): Promise<Float32Array> {
  process.env.SASHIMI_FAKE_FAILS_AFTER = '0';
  try {
    return await readAll(stream, numFrames);
  } finally {
    delete process.env.SASHIMI_FAKE_FAILS_AFTER;
  }
}

describe('streams of the cuda stepper, by emulation', () => {
  const bundle = tinyBundle();
  const steeredBundle = tinyBundle({ conditioning: TINY_CONDITIONING });

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

  for (const [name, pair, blend] of [
    ['guidance', GUIDANCE, 1.5],
    ['a mixture', MIXTURE, 0.4],
  ] as const) {
    it(`${name} of two models is live what it is offline, and goes on without its device`, async function () {
      const library = fakeCuda(this);
      const native = loadNative();
      assert.ok(native.ok);
      const other = tinyBundle({ seed: 9, dModel: 6, pool: [2] });
      const bundles = pair === GUIDANCE ? [steeredBundle, steeredBundle] : ([steeredBundle, other] as const);
      const [first, second] = bundles.map((each) => createCudaStepper(each!, library));
      const stepper = pairSteppers(first!, pair === GUIDANCE ? first! : second!, pair);
      const sampling = { ...SAMPLING, blend };
      const stream = openStream(stepper, { sampling });
      try {
        const heard = await readAll(stream, NUM_FRAMES / 2);
        assert.deepEqual(heard, played(stepper, sampling).subarray(0, heard.length));
        const after = await readLost(stream, NUM_FRAMES / 2);
        const [one, two] = bundles.map((each) => createNativeStepper(each!, native.addon));
        const expected = played(pairSteppers(one!, pair === GUIDANCE ? one! : two!, pair), sampling);
        assert.deepEqual(Float32Array.of(...heard, ...after), expected);
      } finally {
        await stream.close();
      }
    });
  }

  it('control goes back to a state that has stayed on the device', async function () {
    const stepper = createCudaStepper(bundle, fakeCuda(this));
    const stream = openStream(stepper, { minRollbackSpeed: 0 });
    const cold: Sampling = { temperature: 0.3, topP: 1, topK: 0 };
    const out = new Float32Array(NUM_FRAMES);
    out.set(await readAll(stream, 640));
    await filled(stream);
    // Stepped already, read not yet.
    stream.planSampling(704, cold);
    stream.read(out.subarray(640), 32);
    for (const before = stream.state.rollbacks; stream.state.rollbacks === before; ) await delay(1);
    await filled(stream);
    out.set(await readAll(stream, NUM_FRAMES - 672), 672);
    const { lateRollbacks, rollbacks } = stream.state;
    assert.equal(lateRollbacks, 0);
    assert.ok(rollbacks > 0);
    const voice = stepper.createVoice(7);
    const expected = new Float32Array(NUM_FRAMES);
    voice.stepBlock(expected, 704, SAMPLING);
    voice.stepBlock(expected.subarray(704), NUM_FRAMES - 704, cold);
    assert.deepEqual(out, expected);
    await stream.close();
  });

  it('without a driver there is a reason, and nothing else', async () => {
    const opened = openCuda('libno-such-driver.so.1');
    assert.ok(!opened.ok && opened.reason.length > 0);
    await assertModelError(() => createCudaStepper(bundle, 'libno-such-driver.so.1'), 'MODEL_CUDA');
  });
});
