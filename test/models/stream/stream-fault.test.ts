/** A stream whose thread dies says why. */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { WorkerStream } from '../../../models/stream/worker-stream.js';
import { FAULT_MESSAGE, FRAMES_BEFORE_FAULT } from './failing-worker.js';
import { SAMPLING } from './streams.js';

/** `how` is what the worker fails with. */
function openFailing(how: string): Promise<WorkerStream> {
  return WorkerStream.open(
    { bundleDir: how, kind: 'reference', seed: 1, lookAheadFrames: FRAMES_BEFORE_FAULT, sampling: SAMPLING },
    new URL('./failing-worker.js', import.meta.url),
  );
}

/** Makes room for a further sub-block, which is the one that fails, and waits until that is known. */
async function provoke(stream: WorkerStream): Promise<number> {
  const { subBlockFrames } = stream;
  const block = new Float32Array(subBlockFrames);
  while (stream.availableFrames < FRAMES_BEFORE_FAULT) await turn();
  const read = stream.read(block, subBlockFrames);
  while (stream.state.fault === undefined) await turn();
  return read;
}

describe('a stream whose worker fails', function () {
  this.timeout(30_000);

  for (const [how, fault] of [
    ['coded', { code: 'MODEL_ONNX', message: FAULT_MESSAGE }],
    ['uncoded', { code: 'MODEL_STREAM', message: 'Out of bounds.' }],
    ['exit', { code: 'MODEL_STREAM', message: 'Its thread ended with exit code 7.' }],
  ] as const) {
    it(`tells a fault (${how}), plays what it has, and counts no xrun for what is missing`, async () => {
      const stream = await openFailing(how);
      assert.equal(stream.state.fault, undefined);
      let numRead = await provoke(stream);
      assert.deepEqual(stream.state.fault, fault);
      assert.equal(stream.state.load, 0);
      const block = new Float32Array(100);
      for (let i = 0; i < 10; i++) numRead += stream.read(block, block.length);
      assert.equal(numRead, FRAMES_BEFORE_FAULT);
      assert.equal(stream.state.xruns, 0);
      assert.deepEqual(Object.values(stream.state.xrunCauses), [0, 0, 0, 0, 0]);
      stream.reset(2);
      assert.equal(stream.read(block, block.length), 0);
      await stream.close();
      assert.deepEqual(stream.state.fault, fault);
    });
  }

  it('is no fault when it is closed', async () => {
    const stream = await openFailing('coded');
    await stream.close();
    assert.equal(stream.state.fault, undefined);
  });
});
