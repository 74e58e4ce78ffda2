import assert from 'node:assert/strict';
import { type SinkDriver, sinkDrivers } from '../../../nodes/index.js';
import { chooseSink } from '../../../src/process/choose-sink.js';

const refuseToOpen = async (): Promise<never> => {
  throw new Error('not in this test');
};
const working: SinkDriver = {
  name: 'working',
  probe: async () => ({ available: true }),
  devices: async () => [],
  open: refuseToOpen,
};
const broken: SinkDriver = {
  ...working,
  name: 'broken',
  probe: async () => ({ available: false, reason: 'no card', remedy: 'buy one' }),
};
const nothing: SinkDriver = { ...working, name: 'null' };

describe('chooseSink', () => {
  const told: string[] = [];
  const choose = (asked: Parameters<typeof chooseSink>[0], ...drivers: SinkDriver[]) =>
    chooseSink(asked, 2, 'Made by a test.', sinkDrivers(drivers), (message) => told.push(message));

  beforeEach(() => told.splice(0));

  it('takes the speaker where a driver works', async () => {
    for (const asked of [undefined, { type: 'speaker' }] as const) {
      assert.deepEqual(await choose(asked, broken, working, nothing), {
        sink: { type: 'speaker', settings: { channels: 2 } },
        isRecorded: false,
      });
    }
    assert.deepEqual(told, []);
  });

  it('falls to the null sink where none does, keeps a recording and says why', async () => {
    for (const asked of [undefined, { type: 'speaker' }] as const) {
      assert.deepEqual(await choose(asked, broken, nothing), {
        sink: { type: 'null', settings: {} },
        isRecorded: true,
      });
    }
    assert.match(told[0]!, /broken: no card/);
  });

  it('never replaces a device that was asked for by name', async () => {
    assert.deepEqual(await choose({ type: 'speaker', device: 'Desk' }, broken, nothing), {
      sink: { type: 'speaker', settings: { device: 'Desk', channels: 2 } },
      isRecorded: false,
    });
  });

  it('keeps no recording when the null sink was asked for', async () => {
    assert.deepEqual(await choose({ type: 'null' }, working), {
      sink: { type: 'null', settings: {} },
      isRecorded: false,
    });
  });

  it('names what made the sound in a file', async () => {
    const { sink } = await choose({ type: 'wav-file', path: 'a.wav' }, working);
    assert.deepEqual(sink.settings, { path: 'a.wav', comment: 'Made by a test.' });
  });
});
