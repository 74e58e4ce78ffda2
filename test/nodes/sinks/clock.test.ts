import assert from 'node:assert/strict';
import { openNull } from '../../../nodes/sinks/drivers/null.js';
import { BlockClock, nullSink, type TimeSource } from '../../../nodes/sinks/index.js';
import { createBench } from '../../support/graph-harness.js';

/** Time that passes only when it is told to, or when the clock waits. */
class ManualTime implements TimeSource {
  now = 1000;
  private queued: (() => void)[] = [];

  nowMs(): number {
    return this.now;
  }

  waitMs(ms: number): void {
    this.now += ms;
  }

  soon(callback: () => void): void {
    this.queued.push(callback);
  }

  /** Gives the clock `turns` turns. */
  run(turns: number): void {
    for (let i = 0; i < turns; i++) for (const callback of this.queued.splice(0)) callback();
  }
}

// Blocks of 480 frames at 48 kHz: 10 ms.
describe('BlockClock', () => {
  it('demands a block each period, from the first moment on', () => {
    const time = new ManualTime();
    const clock = new BlockClock(48000, 480, time);
    const at: number[] = [];
    clock.start(() => at.push(time.now - 1000));
    time.run(5);
    assert.deepEqual(at, [0, 10, 20, 30, 40]);
    assert.equal(clock.xruns, 0);
  });

  it('does not drift: the time of block n is n periods', () => {
    const time = new ManualTime();
    const clock = new BlockClock(44100, 64, time);
    let last = 0;
    clock.start(() => {
      last = time.now - 1000;
      time.now += 0.3;
    });
    time.run(100_001);
    assert.ok(Math.abs(last - (100_000 * 64_000) / 44100) < 0.001, `${last} ms`);
  });

  it('makes up for a little lateness without an xrun', () => {
    const time = new ManualTime();
    const clock = new BlockClock(48000, 480, time);
    const at: number[] = [];
    clock.start(() => {
      at.push(time.now - 1000);
      if (at.length === 2) time.now += 25;
    });
    time.run(6);
    assert.deepEqual(at, [0, 10, 35, 35, 40, 50]);
    assert.equal(clock.xruns, 0);
  });

  it('counts one xrun when the queue would have run dry, and starts anew from there', () => {
    const time = new ManualTime();
    const clock = new BlockClock(48000, 480, time);
    const at: number[] = [];
    clock.start(() => {
      at.push(time.now - 1000);
      if (at.length === 2) time.now += 100;
    });
    time.run(5);
    assert.deepEqual(at, [0, 10, 110, 120, 130]);
    assert.equal(clock.xruns, 1);
  });

  it('sleeps in pieces when blocks are long, so that messages get through', () => {
    const time = new ManualTime();
    let demands = 0;
    const clock = new BlockClock(48000, 4800, time);
    clock.start(() => demands++);
    time.run(1);
    assert.equal(demands, 1);
    time.run(4);
    assert.deepEqual([demands, time.now], [1, 1080]);
    time.run(1);
    assert.equal(demands, 2);
  });

  it('stops', () => {
    const time = new ManualTime();
    const clock = new BlockClock(48000, 480, time);
    let demands = 0;
    clock.start(() => {
      if (++demands === 3) clock.stop();
    });
    time.run(10);
    assert.equal(demands, 3);
  });
});

describe('the null sink', () => {
  it('is a clock master: demands arrive on its own thread', async () => {
    const stream = openNull({ sampleRate: 48000, channels: 2, blockFrames: 48 });
    let demands = 0;
    await new Promise<void>((resolve) => {
      stream.start(() => {
        if (++demands === 20) resolve();
      });
    });
    await stream.close();
    assert.equal(demands, 20);
  });

  it('prepares a stream that the engine can start', async () => {
    const bench = await createBench(nullSink);
    assert.equal(typeof (bench.resources as { start: unknown }).start, 'function');
    bench.render(512, [64]);
    await bench.dispose();
  });
});
