import assert from 'node:assert/strict';
import { midiIn } from '../../../nodes/conditioning/midi-in.js';
import { MIDI_INPUTS, type MidiRequest } from '../../../nodes/index.js';
import { createBench, servicesOf } from '../../support/graph-harness.js';

describe('midi-in', () => {
  it('plays what the engine hands it, the clock beside the notes', async () => {
    const b = await createBench(midiIn);
    await b.act('note', 60, 127);
    await b.act('clock/start');
    await b.act('clock');
    await b.act('note/off', 60);
    await b.act('clock/stop');
    await b.act('clock/continue');
    const { notes, clock } = b.render(100).events;
    assert.deepEqual(
      notes!.map(({ type }) => type),
      ['note-on', 'note-off'],
    );
    assert.deepEqual(
      clock!.map(({ type, frame }) => [type, frame]),
      [
        ['start', 0],
        ['pulse', 0],
        ['stop', 0],
        ['continue', 0],
      ],
    );
    assert.deepEqual(b.render(100).events.clock, []);
    await b.dispose();
  });

  it('listens while it lives, live only', async () => {
    const told: unknown[] = [];
    const inputs = {
      listen: (request: MidiRequest) => {
        told.push(request);
        return { begin: () => told.push('begin'), close: () => told.push('close') };
      },
    };
    const services = servicesOf([MIDI_INPUTS, inputs]);
    const settings = { port: 'Keystation', channel: 2, clock: true };
    const offline = await createBench(midiIn, { services, settings });
    await offline.dispose();
    assert.deepEqual(told, []);
    const live = await createBench(midiIn, { services, settings, mode: 'live' });
    await live.dispose();
    assert.deepEqual(told, [
      { nodeId: 'node', port: 'Keystation', channel: 2, hasClock: true },
      'begin',
      'close',
    ]);
  });
});
