import assert from 'node:assert/strict';
import type { SinkFormat, SinkStream } from '../../../nodes/sinks/index.js';
import { SteadyStream } from '../../../nodes/sinks/steady-stream.js';

const format: SinkFormat = { sampleRate: 48000, channels: 1, blockFrames: 48 };
const patience = { lostMs: 20, lookAgainMs: 5 };

/** A device that asks as often as it is told to. */
class FakeDevice implements SinkStream {
  readonly latencyFrames = 96;
  readonly description = 'fake';
  xruns = 0;
  written = 0;
  closed = 0;
  ask: () => void = () => undefined;

  constructor(private readonly asksAtOnce = false) {}

  start(demand: () => void): void {
    this.ask = demand;
    if (this.asksAtOnce) demand();
  }

  write(): void {
    this.written++;
  }

  async close(): Promise<void> {
    this.closed++;
  }
}

const block = { channels: [new Float32Array(48)] };

/** Resolves when `condition` holds, however long that takes: mocha's own limit is the guard. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

describe('SteadyStream', () => {
  it('passes demands, blocks and numbers through', async () => {
    const device = new FakeDevice();
    const steady = new SteadyStream(device, async () => device, format);
    let demands = 0;
    steady.start(() => {
      demands++;
      steady.write(block, 48);
    });
    device.ask();
    device.ask();
    device.xruns = 3;
    assert.deepEqual([demands, device.written, steady.xruns, steady.latencyFrames], [2, 2, 3, 96]);
    assert.equal(steady.description, 'fake');
    await steady.close();
    device.ask();
    assert.deepEqual([demands, device.closed], [2, 1]);
  });

  it('goes on without a device that is lost, and takes it again when it is back', async () => {
    const [first, second] = [new FakeDevice(), new FakeDevice(true)];
    let isBack = false;
    let tries = 0;
    const reopen = async (): Promise<SinkStream> => {
      tries++;
      if (!isBack) throw new Error('not yet');
      return second;
    };
    const steady = new SteadyStream(first, reopen, format, patience);
    let demands = 0;
    steady.start(() => {
      demands++;
      steady.write(block, 48);
    });
    first.ask();
    await until(() => steady.isLost);
    assert.match(steady.description, /away/);
    assert.deepEqual([first.closed, steady.xruns], [1, 1]);
    const before = demands;
    await until(() => demands > before);
    assert.equal(first.written, 1, 'what is demanded in the meantime is dropped');
    await until(() => tries > 1);
    isBack = true;
    // On a busy machine this one, too, may be lost the next moment.
    await until(() => second.written > 0);
    first.ask();
    assert.equal(first.written, 1, 'the one that was given up is not heard');
    await steady.close();
    assert.ok(second.closed > 0);
  });
});
