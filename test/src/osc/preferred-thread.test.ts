import assert from 'node:assert/strict';
import { once } from 'node:events';
import { getPriority } from 'node:os';
import { Worker } from 'node:worker_threads';

describe('preferThread', () => {
  it('prefers the thread that asks for it, where that is granted, and no other', async () => {
    const before = getPriority();
    const module = new URL('../../../src/osc/preferred-thread.js', import.meta.url).href;
    const worker = new Worker(
      `const { parentPort, workerData } = require('node:worker_threads');
      const { readlinkSync } = require('node:fs');
      import(workerData).then(({ preferThread }) => {
        const isGranted = preferThread();
        const thread = isGranted ? Number(readlinkSync('/proc/thread-self').split('/').pop()) : 0;
        parentPort.postMessage({ isGranted, niceness: require('node:os').getPriority(thread) });
      });`,
      { eval: true, workerData: module },
    );
    const [{ isGranted, niceness }] = (await once(worker, 'message')) as [
      { isGranted: boolean; niceness: number },
    ];
    assert.equal(niceness, isGranted ? -10 : before);
    assert.equal(getPriority(), before);
    await worker.terminate();
  });
});
