import assert from 'node:assert/strict';
import {
  openSink,
  SINK_DRIVERS,
  type SinkDriver,
  SinkError,
  type SinkProbe,
  type SinkStream,
  sinkDrivers,
  speaker,
  waitForSink,
} from '../../../nodes/sinks/index.js';
import { createBench, servicesOf } from '../../support/graph-harness.js';

const format = { sampleRate: 48000, channels: 2, blockFrames: 128 };

function stream(description: string): SinkStream {
  return {
    latencyFrames: 0,
    xruns: 0,
    description,
    start: () => undefined,
    write: () => undefined,
    close: async () => undefined,
  };
}

function driver(
  name: string,
  devices: readonly string[],
  probe: SinkProbe = { available: true },
): SinkDriver {
  return {
    name,
    probe: async () => probe,
    devices: async () =>
      devices.map((device, i) => ({ name: device, isDefault: i === 0, channels: 2, sampleRate: 48000 })),
    open: async (_format, device) => stream(`${name}: ${device ?? 'default device'}`),
  };
}

const absent: SinkProbe = { available: false, reason: 'it is not installed', remedy: 'Install it.' };
const cardless: SinkProbe = {
  available: false,
  reason: 'no card',
  remedy: 'Connect one.',
  isDeviceMissing: true,
};

describe('openSink', () => {
  it('takes the first driver that works, and never the null driver by itself', async () => {
    const drivers = sinkDrivers([driver('a', [], absent), driver('b', ['x']), driver('null', [])]);
    assert.equal((await openSink(drivers, { driver: 'auto', format })).description, 'b: default device');
    assert.equal((await openSink(drivers, { driver: 'null', format })).description, 'null: default device');
    const none = sinkDrivers([driver('a', [], absent), driver('null', [])]);
    await assert.rejects(openSink(none, { driver: 'auto', format }), {
      code: 'SINK_UNAVAILABLE',
      message: 'a: it is not installed',
      remedy: 'Install it.',
    });
  });

  it('goes on to the next driver when a default device does not open', async () => {
    const broken: SinkDriver = {
      ...driver('a', ['x']),
      open: () => Promise.reject(new SinkError('SINK_FORMAT', 'a: 7 channels')),
    };
    const drivers = sinkDrivers([broken, driver('b', ['x'])]);
    assert.equal((await openSink(drivers, { driver: 'auto', format })).description, 'b: default device');
    await assert.rejects(openSink(drivers, { driver: 'auto', device: 'x', format }), { code: 'SINK_FORMAT' });
  });

  it('finds a named device with whichever driver sees it, and takes no other', async () => {
    const drivers = sinkDrivers([driver('a', ['x']), driver('b', ['y'])]);
    assert.equal((await openSink(drivers, { driver: 'auto', device: 'y', format })).description, 'b: y');
    await assert.rejects(openSink(drivers, { driver: 'auto', device: 'z', format }), { code: 'SINK_DEVICE' });
    await assert.rejects(openSink(drivers, { driver: 'a', device: 'y', format }), { code: 'SINK_DEVICE' });
    await assert.rejects(openSink(drivers, { driver: 'c', format }), {
      code: 'SINK_UNAVAILABLE',
      message: /known: auto, a, b/,
    });
  });

  it('waits for a named device until it is there', async () => {
    let looks = 0;
    const slow: SinkDriver = {
      ...driver('a', []),
      probe: async () => (++looks < 3 ? cardless : { available: true }),
      devices: async () =>
        looks < 4 ? [] : [{ name: 'x', isDefault: true, channels: 2, sampleRate: 48000 }],
    };
    const opened = await waitForSink(sinkDrivers([slow]), { driver: 'auto', device: 'x', format }, 1);
    assert.deepEqual([opened.description, looks], ['a: x', 4]);
  });

  it('does not wait for a driver that is not installed', async () => {
    const drivers = sinkDrivers([driver('a', [], absent)]);
    await assert.rejects(waitForSink(drivers, { driver: 'auto', device: 'x', format }, 1), {
      code: 'SINK_UNAVAILABLE',
    });
  });
});

describe('the speaker sink', () => {
  it('prepares a stream that the engine can start, in the format of the engine', async () => {
    const seen: unknown[] = [];
    const spy: SinkDriver = {
      ...driver('a', ['x']),
      open: async (asked, device) => {
        seen.push(asked, device);
        return stream('a: x');
      },
    };
    const bench = await createBench(speaker, {
      mode: 'live',
      maxBlockFrames: 128,
      settings: { device: 'x', channels: 4 },
      inputs: { audio: { audio: () => 0.5, channels: 2 } },
      services: servicesOf([SINK_DRIVERS, sinkDrivers([spy])]),
    });
    assert.deepEqual(seen, [{ sampleRate: 48000, channels: 4, blockFrames: 128 }, 'x']);
    assert.equal((bench.resources as SinkStream).description, 'a: x');
    bench.render(256, [128, 60]);
    assert.deepEqual(bench.notices, []);
    await bench.dispose();
  });
});
