import assert from 'node:assert/strict';
import { Worker } from 'node:worker_threads';
import { Mailbox } from '../../../models/onnx/run/mailbox.js';

const size = { maxRows: 4, levels: 8, stateLength: 2, steeringLength: 6 };
/** The word that both sides sleep on lies first. */
const TURN = 0;
const THREAD = 1;

/** A thread that wakes the caller `wakes` times, each time out of a sleep, and answers only then. */
const wakingThread = `
  const { workerData: { url, size, buffer, wakes } } = require('node:worker_threads');
  import(url).then(({ Mailbox }) => {
    const mailbox = new Mailbox(size, buffer);
    const words = new Int32Array(buffer);
    mailbox.awaitCommand();
    for (let i = 0; i < wakes; i++) while (Atomics.notify(words, ${TURN}) === 0);
    mailbox.drawn[0] = 42;
    mailbox.answer();
  });
`;

describe('models: the mailbox of the onnx stepper', () => {
  it('is not ended by a notification that comes late', async () => {
    const mailbox = new Mailbox(size);
    const url = new URL('../../../models/onnx/run/mailbox.js', import.meta.url).href;
    // The second wake needs a caller who went on sleeping after the first: without that there is no answer.
    const workerData = { url, size, buffer: mailbox.buffer, wakes: 2 };
    const worker = new Worker(wakingThread, { eval: true, workerData });
    try {
      assert.equal(mailbox.call('chunk', 0, 1, false, 60_000), true);
      assert.equal(mailbox.drawn[0], 42);
    } finally {
      await worker.terminate();
    }
  });

  it('gives up at its limit when nobody answers', () => {
    const mailbox = new Mailbox(size);
    assert.equal(mailbox.call('chunk', 0, 1, false, 1), false);
    assert.equal(new Int32Array(mailbox.buffer)[TURN], THREAD);
  });
});
