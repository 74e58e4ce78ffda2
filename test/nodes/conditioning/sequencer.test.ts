import assert from 'node:assert/strict';
import { sequencer } from '../../../nodes/conditioning/sequencer.js';
import {
  createBench,
  type HarnessOptions,
  type NodeBench,
  type TimedEvent,
} from '../../support/graph-harness.js';

/** At 120 bpm and 4 steps a beat. */
const STEP = 6000;

const bench = (pattern: string, options: HarnessOptions = {}): Promise<NodeBench> =>
  createBench(sequencer, { settings: { pattern }, ...options });

const notes = (b: NodeBench, frames: number, blocks: readonly number[] = [128]): TimedEvent[] =>
  b.render(frames, blocks).events.notes!;

const brief = (events: readonly TimedEvent[]): string =>
  events.map(({ frame, type, pitch }) => `${frame}${type === 'note-on' ? '+' : '-'}${pitch}`).join(' ');

describe('sequencer', () => {
  it('plays its steps on their frames, round and round', async () => {
    const b = await bench('60 . 64@80');
    const events = notes(b, 4 * STEP);
    assert.equal(brief(events), '0+60 4800-60 12000+64 16800-64 18000+60 22800-60');
    assert.deepEqual(events.slice(0, 3), [
      { frame: 0, type: 'note-on', pitch: 60, velocity: 100 / 127, id: 1 },
      { frame: 4800, type: 'note-off', pitch: 60, velocity: 0, id: 1 },
      { frame: 12_000, type: 'note-on', pitch: 64, velocity: 80 / 127, id: 2 },
    ]);
    await b.dispose();
  });

  it('makes the same events at any block size, with chance, swing and changes of tempo', async () => {
    const play = async (blocks: readonly number[], seed = 1) => {
      const b = await bench('60 62:0.5 64*3 . 67:0.3@90 60', {
        seed,
        params: { swing: 0.37, tempoBpm: 133, gate: 1.3 },
      });
      const events = notes(b, 20_001, blocks);
      b.set('tempoBpm', 71);
      events.push(...notes(b, 40_000, blocks));
      await b.act('step', 2, 65, 100, 0.5);
      b.set('transposeSemitones', -12);
      b.set('stepsPerBeat', 7);
      events.push(...notes(b, 40_000, blocks));
      await b.act('restart');
      events.push(...notes(b, 10_000, blocks));
      await b.dispose();
      return events;
    };
    const expected = await play([128]);
    assert.ok(expected.length > 20, `${expected.length} events`);
    for (const blocks of [[512], [1, 7, 100], [33]]) assert.deepEqual(await play(blocks), expected);
    assert.notDeepEqual(await play([128], 2), expected);
  });

  it('delays every second step by the swing', async () => {
    const b = await bench('60 62', { params: { swing: 0.25, gate: 0.5 } });
    assert.equal(brief(notes(b, 2 * STEP + 1)), '0+60 3000-60 7500+62 10500-62 12000+60');
    await b.dispose();
  });

  it('plays a step as often as its probability says', async () => {
    const b = await bench('60:0.3', { params: { tempoBpm: 400, stepsPerBeat: 24 } });
    const played = notes(b, 300 * 4000, [512]).filter(({ type }) => type === 'note-on').length;
    assert.ok(Math.abs(played / 4000 - 0.3) < 0.03, `${played} of 4000`);
    for (const [text, expected] of [
      ['60:0', 0],
      ['60:1', 10],
    ] as const) {
      await b.act('pattern', text);
      const events = notes(b, 3000, [100]);
      assert.equal(events.filter(({ type }) => type === 'note-on').length, expected);
    }
    await b.dispose();
  });

  it('lets a key go before it strikes it again, and long notes overlap', async () => {
    const b = await bench('60*2 62', { params: { gate: 1 } });
    assert.equal(brief(notes(b, 4 * STEP)), '0+60 6000+62 12000-62 12000-60 12000+60 18000+62');
    await b.act('pattern', '64*4');
    assert.equal(brief(notes(b, 2 * STEP)), '24000-62 24000-60 24000+64 30000-64 30000+64');
    await b.dispose();
  });

  it('holds and lets go when it does not run, and goes on where it was', async () => {
    const b = await bench('60 62 64', { params: { gate: 0.8 } });
    assert.equal(brief(notes(b, 1000)), '0+60');
    b.set('running', false);
    assert.equal(brief(notes(b, 50_000)), '1000-60');
    b.set('running', true);
    assert.equal(brief(notes(b, 10_000)), '56000+62 60800-62');
    await b.act('restart');
    assert.equal(brief(notes(b, 1000)), '61000+60');
    await b.dispose();
  });

  it('takes steps one by one, and clears', async () => {
    const b = await bench('');
    assert.deepEqual(notes(b, STEP), []);
    await b.act('step', 3, 70, 90, 1, 0.5);
    await b.act('restart');
    const expected = [STEP + 2 * STEP, STEP + 2 * STEP + 2400];
    assert.deepEqual(
      notes(b, 3 * STEP).map(({ frame }) => frame),
      expected,
    );
    await b.act('clear');
    assert.deepEqual(notes(b, 6 * STEP), []);
    for (const [action, ...args] of [
      ['step', 0, 60, 100],
      ['step', 33, 60, 100],
      ['step', 1, 128, 100],
      ['step', 1, 60, 200],
      ['step', 1, 60, 100, 2],
      ['pattern', 'la la'],
    ] as const) {
      await assert.rejects(b.act(action, ...args), { code: 'NODE_ARGUMENT' });
    }
    await b.dispose();
  });

  it('does not start with a pattern that cannot be read', async () => {
    await assert.rejects(bench('60 x'), { code: 'NODE_ARGUMENT' });
  });

  describe('with a MIDI clock', () => {
    const event = (type: TimedEvent['type'], frame: number): TimedEvent => ({
      frame,
      type,
      pitch: 0,
      velocity: 0,
      id: 0,
    });
    /** `count` pulses, 1000 frames apart: a step each 6000. */
    const pulses = (count: number, from = 0): TimedEvent[] =>
      Array.from({ length: count }, (_, k) => event('pulse', from + 1000 * k));

    const clocked = async (
      events: readonly TimedEvent[],
      frames: number,
      pattern = '60 62 64',
      blocks: readonly number[] = [128],
      params: HarnessOptions['params'] = {},
    ): Promise<string> => {
      const b = await bench(pattern, { inputs: { clock: { events } }, params });
      const played = brief(notes(b, frames, blocks));
      await b.dispose();
      return played;
    };

    it('plays on its pulses, and between two at the pace of those before', async () => {
      assert.equal(await clocked(pulses(14), 14_000), '0+60 4800-60 6000+62 10800-62 12000+64');
      assert.equal(await clocked(pulses(14, 500), 12_000), '500+60 5300-60 6500+62 11300-62');
      const blocks = [[512], [1, 7], [1000]];
      const params = { swing: 0.3, gate: 0.37, stepsPerBeat: 5 };
      const expected = await clocked(pulses(40), 40_000, '60 62:0.4 64*2', [128], params);
      for (const other of blocks.slice(0, 2)) {
        assert.equal(await clocked(pulses(40), 40_000, '60 62:0.4 64*2', other, params), expected);
      }
    });

    it('waits where no pulse comes', async () => {
      assert.equal(await clocked(pulses(4), 30_000), '0+60');
    });

    it('stops, goes on, and begins again at start', async () => {
      const events = [
        ...pulses(8),
        event('stop', 7500),
        ...pulses(2, 8000),
        event('continue', 10_000),
        ...pulses(6, 10_500),
        event('start', 16_000),
        ...pulses(2, 16_500),
      ];
      assert.equal(await clocked(events, 18_000), '0+60 4800-60 6000+62 7500-62 14500+64 16000-64 16500+60');
    });
  });
});
