import assert from 'node:assert/strict';
import type { Performance } from '../../../models/index.js';
import { midiFile } from '../../../nodes/conditioning/midi-file.js';
import { MIDI_FILES } from '../../../nodes/index.js';
import { builtIn } from '../../../src/eval/material.js';
import {
  createBench,
  type HarnessOptions,
  type NodeBench,
  servicesOf,
  type TimedEvent,
} from '../../support/graph-harness.js';

const piece: Performance = {
  notes: [
    { seconds: 0.1, endSeconds: 0.3, pitch: 60, velocity: 0.5 },
    { seconds: 0.25, endSeconds: 0.35, pitch: 64, velocity: 1 },
  ],
  pedals: [
    { seconds: 0.05, isDown: true },
    { seconds: 0.4, isDown: false },
  ],
  seconds: 0.5,
};

const bench = (performance = piece, options: HarnessOptions = {}): Promise<NodeBench> =>
  createBench(midiFile, {
    services: servicesOf([MIDI_FILES, { read: async () => performance }]),
    ...options,
    settings: { file: 'piece', ...options.settings },
  });

const played = (b: NodeBench, frames: number, blocks: readonly number[] = [128]): TimedEvent[] =>
  b.render(frames, blocks).events.notes!;
const brief = (events: readonly TimedEvent[]): string =>
  events.map(({ frame, type, pitch, velocity }) => `${frame} ${type} ${pitch} ${velocity}`).join(', ');

describe('midi-file', () => {
  it('plays each event at its frame, pairs them, and lets everything go at the end', async () => {
    const b = await bench();
    assert.deepEqual(played(b, 48_000), [
      { frame: 2400, type: 'pedal', pitch: 0, velocity: 1, id: 0 },
      { frame: 4800, type: 'note-on', pitch: 60, velocity: 0.5, id: 1 },
      { frame: 12_000, type: 'note-on', pitch: 64, velocity: 1, id: 2 },
      { frame: 14_400, type: 'note-off', pitch: 60, velocity: 0, id: 1 },
      { frame: 16_800, type: 'note-off', pitch: 64, velocity: 0, id: 2 },
      { frame: 19_200, type: 'pedal', pitch: 0, velocity: 0, id: 0 },
      { frame: 24_000, type: 'all-notes-off', pitch: 0, velocity: 0, id: 0 },
    ]);
    assert.deepEqual(b.notices, []);
    await b.dispose();
  });

  it('moves the pitch wheel, also to where it is at the place that is played from, and back at the end', async () => {
    const bends = [
      { seconds: 0.2, position: -0.5 },
      { seconds: 0.3, position: 0.75 },
    ];
    const b = await bench({ notes: piece.notes, pedals: [], bends, seconds: 0.5 });
    const moves = (events: readonly TimedEvent[]): (string | number)[][] =>
      events.filter(({ type }) => type === 'bend').map(({ frame, velocity }) => [frame, velocity]);
    assert.deepEqual(moves(played(b, 48_000)), [
      [9600, -0.5],
      [14_400, 0.75],
      [24_000, 0],
    ]);
    await b.act('play', 0.25);
    assert.deepEqual(moves(played(b, 48_000)), [
      [48_000, -0.5],
      [50_400, 0.75],
      [60_000, 0],
    ]);
    await b.dispose();
  });

  it('makes the same events at any block size, whatever the rate does', async () => {
    const play = async (blocks: readonly number[]) => {
      const b = await bench(builtIn('random', 3), { params: { loop: true, rate: 1.37 } });
      const events = played(b, 50_001, blocks);
      b.set('rate', 0);
      events.push(...played(b, 3000, blocks));
      b.set('rate', 4.1);
      events.push(...played(b, 400_000, blocks));
      await b.act('play', 3.3);
      events.push(...played(b, 20_000, blocks));
      await b.dispose();
      return events;
    };
    const expected = await play([128]);
    assert.ok(expected.length > 200);
    for (const blocks of [[512], [33], [500, 1, 7]]) assert.deepEqual(await play(blocks), expected);
  });

  it('begins again where it ends, to the fraction of a frame', async () => {
    const b = await bench(
      { ...piece, pedals: [], seconds: 1 / 3 },
      { sampleRate: 44_100, params: { loop: true } },
    );
    const ons = played(b, 44_100 * 10)
      .filter(({ pitch, type }) => pitch === 60 && type === 'note-on')
      .map(({ frame }) => frame);
    assert.deepEqual(
      ons,
      Array.from({ length: 30 }, (_, k) => Math.round((0.1 + k / 3) * 44_100)),
    );
    await b.dispose();
  });

  it('plays from a place, with the pedal as it is there, stops, and waits', async () => {
    const b = await bench(piece, { settings: { autoplay: false } });
    assert.deepEqual(played(b, 5000), []);
    await b.act('play', 0.2);
    assert.equal(brief(played(b, 3000)), '5000 pedal 0 1, 7400 note-on 64 1');
    await b.act('stop');
    assert.equal(brief(played(b, 30_000)), '8000 all-notes-off 0 0');
    await b.act('play');
    assert.equal(brief(played(b, 5000)), '40400 pedal 0 1, 42800 note-on 60 0.5');
    await b.act('play');
    assert.equal(brief(played(b, 100)), '43000 all-notes-off 0 0');
    for (const from of [-1, 0.6]) {
      await assert.rejects(b.act('play', from), {
        code: 'NODE_ARGUMENT',
        message: `fromSeconds is 0 to 0.5 but was ${from}`,
      });
    }
    await b.dispose();
  });

  it('keeps every note of a chord that no tick has room for, and tells', async () => {
    const notes = Array.from({ length: 128 }, (_, pitch) => pitch).flatMap((pitch) =>
      [0, 0.0001, 0.0002, 0.0003].map((seconds) => ({
        seconds,
        endSeconds: seconds + 0.00005,
        pitch,
        velocity: 1,
      })),
    );
    const b = await bench({ notes, pedals: [], seconds: 1 });
    const events = played(b, 2000);
    assert.equal(events.filter(({ type }) => type === 'note-on').length, 512);
    assert.equal(events.filter(({ type }) => type === 'note-off').length, 512);
    assert.deepEqual([...new Set(b.notices.map(({ code }) => code))], ['NODE_EVENTS_LATE']);
    await b.dispose();
  });

  it('tells that a file has no notes, and does not turn in circles', async () => {
    for (const seconds of [0, 1e-9, 0.2]) {
      const b = await bench({ notes: [], pedals: [], seconds }, { params: { loop: true, rate: 8 } });
      played(b, 20_000);
      assert.deepEqual(
        b.notices.map(({ code, kind }) => [code, kind]),
        [['NODE_NO_NOTES', 'warning']],
      );
      await b.dispose();
    }
  });
});
