import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import {
  createParamRing,
  type ParamRecord,
  ParamRingReader,
  ParamRingWriter,
} from '../../../src/control/param-ring.js';

function emptyRecord(): ParamRecord {
  return { frame: -1, number: -1, value: -1, rampMs: -1, itemsBefore: -1 };
}

describe('ParamRing', () => {
  it('carries records whole and in order, many times around', () => {
    const memory = createParamRing(8);
    const writer = new ParamRingWriter(memory);
    const reader = new ParamRingReader(memory);
    const record = emptyRecord();
    let written = 0;
    let read = 0;
    for (let turn = 0; turn < 500; turn++) {
      for (let n = (turn * 7) % 9; n > 0; n--, written++) {
        if (!writer.write(written, written % 5, written / 3, Number.NaN, ~written)) break;
      }
      for (let n = (turn * 5) % 9; n > 0 && reader.peek(record); n--, read++) {
        assert.deepEqual(record, {
          frame: read,
          number: read % 5,
          value: read / 3,
          rampMs: Number.NaN,
          itemsBefore: ~read,
        });
        reader.drop();
      }
    }
    assert.ok(read > 1000);
  });

  it('refuses when it is full, keeps what it has, and takes again once there is room', () => {
    const memory = createParamRing(4);
    const writer = new ParamRingWriter(memory);
    const reader = new ParamRingReader(memory);
    for (let n = 0; n < 4; n++) assert.ok(writer.write(0, n, 0, 0, 0));
    assert.ok(!writer.write(0, 99, 0, 0, 0));
    const record = emptyRecord();
    assert.ok(reader.peek(record) && record.number === 0);
    assert.ok(reader.peek(record) && record.number === 0, 'it stays until it is dropped');
    reader.drop();
    assert.ok(writer.write(0, 4, 0, 0, 0));
    for (let n = 1; n <= 4; n++) {
      assert.ok(reader.peek(record));
      assert.equal(record.number, n);
      reader.drop();
    }
    assert.ok(!reader.peek(record));
  });

  it('goes on where its counts wrap', () => {
    const memory = createParamRing(4);
    // Both positions just before they wrap: see the head of param-ring.ts.
    const words = new Int32Array(memory);
    words[0] = 0x7fff_fffe;
    words[16] = 0x7fff_fffe;
    const writer = new ParamRingWriter(memory);
    const reader = new ParamRingReader(memory);
    const record = emptyRecord();
    for (let n = 0; n < 10; n++) {
      for (let k = 0; k < 4; k++) assert.ok(writer.write(0, 10 * n + k, 0, 0, 0));
      assert.ok(!writer.write(0, 0, 0, 0, 0));
      for (let k = 0; k < 4; k++) {
        assert.ok(reader.peek(record));
        assert.equal(record.number, 10 * n + k);
        reader.drop();
      }
    }
  });

  it('tells the writer what the reader has taken from the port', () => {
    const memory = createParamRing(4);
    new ParamRingReader(memory).setItemsTaken(-7);
    assert.equal(new ParamRingWriter(memory).itemsTaken, -7);
  });

  it('takes powers of two only', () => {
    assert.throws(() => createParamRing(100), RangeError);
  });

  it('loses and tears nothing between two threads', async () => {
    const numRecords = 20_000;
    const memory = createParamRing(64);
    const module = new URL('../../../src/control/param-ring.js', import.meta.url).href;
    const worker = new Worker(
      `import { workerData } from 'node:worker_threads';
      const { ParamRingWriter } = await import(workerData.module);
      const writer = new ParamRingWriter(workerData.memory);
      for (let n = 0; n < workerData.numRecords; ) if (writer.write(n, n, -n, n / 2, ~n)) n++;`,
      { eval: true, workerData: { memory, module, numRecords } },
    );
    const exited = once(worker, 'exit');
    const reader = new ParamRingReader(memory);
    const record = emptyRecord();
    for (let n = 0; n < numRecords; ) {
      if (!reader.peek(record)) {
        // Gives way: the worker needs this thread to start.
        await new Promise(setImmediate);
        continue;
      }
      reader.drop();
      const { frame, number, value, rampMs, itemsBefore } = record;
      if (frame !== n || number !== n || value !== -n || rampMs !== n / 2 || itemsBefore !== ~n)
        assert.deepEqual(record, { frame: n, number: n, value: -n, rampMs: n / 2, itemsBefore: ~n });
      n++;
    }
    await exited;
  });
});
