import assert from 'node:assert/strict';
import type { GraphNotice } from '../../../graph/index.js';
import { PHONES, SPEECH_DIM, SPEECH_LOUDNESS, SPEECH_OCTAVES } from '../../../models/index.js';
import { singer } from '../../../nodes/conditioning/singer.js';
import {
  createBench,
  type HarnessOptions,
  type NodeBench,
  type TimedEvent,
} from '../../support/graph-harness.js';

/** Engine frames per row. */
const ROW = 192;

const on = (frame: number, pitch: number, velocity = 1): TimedEvent => ({
  frame,
  type: 'note-on',
  pitch,
  velocity,
  id: 1,
});
const off = (frame: number, pitch: number): TimedEvent => ({ ...on(frame, pitch), type: 'note-off' });

/** Neither vibrato nor drift. */
const PLAIN = { vibratoCents: 0, drift: 0 };

async function benchOf(
  events: readonly TimedEvent[] | undefined,
  options: HarnessOptions = {},
): Promise<NodeBench> {
  const inputs = events === undefined ? {} : { notes: { events } };
  return createBench(singer, { inputs, params: PLAIN, ...options });
}

interface Row {
  readonly phone: string;
  readonly hz: number;
  readonly loudness: number;
}

function rowsOf(values: readonly number[]): Row[] {
  return Array.from({ length: values.length / SPEECH_DIM }, (_, row) => {
    const at = row * SPEECH_DIM;
    const weights = values.slice(at, at + PHONES.length);
    return {
      phone: PHONES[weights.indexOf(Math.max(...weights))]!,
      hz: 110 * 2 ** values[at + SPEECH_OCTAVES]!,
      loudness: values[at + SPEECH_LOUDNESS]!,
    };
  });
}

/** The next rows. */
function sing(bench: NodeBench, rows: number, blocks?: readonly number[]): Row[] {
  return rowsOf(bench.render(rows * ROW, blocks).cond.speech!);
}

const phones = (rows: readonly Row[]): string[] =>
  rows.map(({ phone }) => phone).filter((phone, i, all) => phone !== all[i - 1]);

const near = (actual: number, expected: number, within = 1e-3): void =>
  assert.ok(Math.abs(actual - expected) <= within * Math.abs(expected), `${actual} for ${expected}`);

describe('singer', () => {
  it('is silent without anything to sing, at the pitch of its param', async () => {
    const bench = await benchOf(undefined, { params: { ...PLAIN, pitchHz: 200 } });
    const rows = sing(bench, 50);
    assert.equal(rows.length, 50);
    for (const { phone, hz, loudness } of rows) {
      assert.deepEqual([phone, loudness], ['pau', 0]);
      near(hz, 200, 1e-6);
    }
    await bench.dispose();
  });

  it('sings a note at its pitch from the next row on, until it is let go', async () => {
    const bench = await benchOf([on(10 * ROW - 5, 57), off(100 * ROW, 57)], {
      params: { ...PLAIN, attackMs: 20, releaseMs: 80 },
    });
    const rows = sing(bench, 160);
    assert.deepEqual(phones(rows), ['pau', 'aa', 'pau']);
    assert.deepEqual(
      rows.slice(9, 16).map(({ loudness }) => Math.round(loudness * 100)),
      [0, 20, 40, 60, 80, 100, 100],
    );
    assert.equal(rows[99]!.loudness, 1);
    near(rows[100]!.loudness, 0.95);
    near(rows[119]!.loudness + 1, 1);
    assert.equal(rows[130]!.loudness, 0);
    for (const row of rows.slice(10)) near(row.hz, 220, 1e-6);
    await bench.dispose();
  });

  it('glides from a note that sounds to the next, and back to the one that is still held', async () => {
    const events = [on(0, 45), on(50 * ROW, 57), off(100 * ROW, 57), off(150 * ROW, 45), on(300 * ROW, 57)];
    const bench = await benchOf(events, { params: { ...PLAIN, glideMs: 40 } });
    const rows = sing(bench, 320);
    near(rows[49]!.hz, 110, 1e-6);
    near(rows[54]!.hz, 110 * 2 ** 0.5);
    near(rows[59]!.hz, 220, 1e-6);
    near(rows[99]!.hz, 220, 1e-6);
    near(rows[109]!.hz, 110, 1e-6);
    near(rows[300]!.hz, 220, 1e-6);
    assert.deepEqual(phones(rows.slice(0, 150)), ['pau', 'aa'], 'legato');
    assert.deepEqual(phones(rows), ['pau', 'aa', 'pau', 'aa']);
    await bench.dispose();
  });

  it('is as loud as its notes and its param say', async () => {
    const bench = await benchOf([on(0, 50, 0.25)], { params: { ...PLAIN, loudness: 0.8 } });
    near(sing(bench, 50)[49]!.loudness, 0.4);
    bench.set('loudness', 0.4);
    const rows = sing(bench, 50);
    near(rows[0]!.loudness, 0.3);
    near(rows[49]!.loudness, 0.2);
    await bench.dispose();
  });

  it('has vibrato and drift, no more than told', async () => {
    const cents = async (params: Readonly<Record<string, number>>) => {
      const bench = await benchOf([on(0, 57)], { params: { ...PLAIN, ...params }, seed: 5 });
      const all = sing(bench, 500).map(({ hz }) => 1200 * Math.log2(hz / 220));
      await bench.dispose();
      return all;
    };
    const vibrato = await cents({ vibratoCents: 50, vibratoHz: 5 });
    near(Math.max(...vibrato), 50, 0.02);
    near(Math.min(...vibrato), -50, 0.02);
    let crossings = 0;
    for (let i = 1; i < 500; i++) if (vibrato[i]! > 1e-6 && vibrato[i - 1]! <= 1e-6) crossings++;
    assert.equal(crossings, 10);
    const drift = await cents({ drift: 30 });
    assert.ok(Math.max(...drift.map(Math.abs)) <= 30.001);
    assert.ok(Math.max(...drift) - Math.min(...drift) > 10);
    for (let i = 1; i < 500; i++) assert.ok(Math.abs(drift[i]! - drift[i - 1]!) < 1, 'slowly');
    assert.deepEqual(await cents({ drift: 30 }), drift);
  });

  it('follows the pitch wheel as far as its param says, and forgets it when it stops', async () => {
    const bend = (frame: number, velocity: number): TimedEvent => ({
      ...on(frame, 0, velocity),
      type: 'bend',
    });
    const bench = await benchOf([on(0, 57), bend(10 * ROW, 1), bend(50 * ROW, -0.5)]);
    const rows = sing(bench, 100);
    near(rows[9]!.hz, 220, 1e-6);
    near(rows[11]!.hz, 220 * 2 ** (1 / 12));
    near(rows[14]!.hz, 220 * 2 ** (2 / 12), 1e-6);
    near(rows[99]!.hz, 220 * 2 ** (-1 / 12), 1e-6);
    bench.set('bendSemitones', 12);
    near(sing(bench, 1)[0]!.hz, 220 * 2 ** (-6 / 12), 1e-6);
    await bench.act('stop');
    near(sing(bench, 10)[9]!.hz, 150, 1e-6);
    await bench.dispose();
  });

  it('begins its vibrato late, little by little', async () => {
    const params = { ...PLAIN, vibratoCents: 50, vibratoDelayMs: 400, vibratoHz: 5 };
    const bench = await benchOf([on(0, 57)], { params });
    const cents = sing(bench, 500).map(({ hz }) => Math.abs(1200 * Math.log2(hz / 220)));
    assert.ok(Math.max(...cents.slice(0, 101)) < 0.01);
    const middle = Math.max(...cents.slice(100, 150));
    assert.ok(middle > 10 && middle < 40, `${middle}`);
    near(Math.max(...cents.slice(200)), 50, 0.02);
    await bench.dispose();
  });

  it('is transposed, also between keys', async () => {
    const bench = await benchOf([on(0, 57)], { params: { ...PLAIN, transposeSemitones: -12.5 } });
    near(sing(bench, 20)[19]!.hz, 220 * 2 ** (-12.5 / 12), 1e-6);
    await bench.dispose();
  });

  it('changes its vowel while a note sounds', async () => {
    const bench = await benchOf([on(0, 57)]);
    sing(bench, 50);
    bench.set('vowel', 'uw');
    assert.deepEqual(phones(sing(bench, 50)), ['aa', 'uw']);
    await bench.dispose();
  });

  it('says phones at the pitch of the param, in their time', async () => {
    const bench = await benchOf(undefined, { params: { ...PLAIN, pitchHz: 120 } });
    sing(bench, 10);
    await bench.act('phones', 'hh:80 ah:120 l:60 ow:200');
    const rows = sing(bench, 160);
    assert.deepEqual(phones(rows), ['pau', 'hh', 'ah', 'l', 'ow', 'pau']);
    const begins = ['hh', 'ah', 'l', 'ow'].map((phone) => rows.findIndex((row) => row.phone === phone));
    assert.deepEqual(begins, [5, 25, 55, 70], 'a blend of 40 ms begins at once: its middle is 20 ms later');
    near(rows[60]!.hz, 120, 1e-6);
    assert.equal(rows[60]!.loudness, 1);
    assert.equal(rows[159]!.loudness, 0);
    await bench.dispose();
  });

  it('sings phones to the notes that come while it says them, and says them to their end', async () => {
    const bench = await benchOf([on(30 * ROW, 57), off(40 * ROW, 57), on(60 * ROW, 60)]);
    await bench.act('phones', 'l:200 aa:200');
    const rows = sing(bench, 140);
    assert.deepEqual(phones(rows), ['pau', 'l', 'aa', 'pau']);
    near(rows[59]!.hz, 220, 1e-6);
    near(rows[90]!.hz, 440 * 2 ** (-9 / 12), 1e-6);
    await bench.dispose();
  });

  it('sings the syllable that it was told with each note, until it is told none', async () => {
    const bench = await benchOf([
      on(0, 57),
      off(60 * ROW, 57),
      on(120 * ROW, 59),
      off(180 * ROW, 59),
      on(240 * ROW, 57),
    ]);
    await bench.act('sing', 'l aa n');
    const rows = sing(bench, 240);
    assert.deepEqual(phones(rows), ['pau', 'l', 'aa', 'n', 'pau', 'l', 'aa', 'n', 'pau']);
    await bench.act('sing');
    assert.deepEqual(phones(sing(bench, 60)), ['pau', 'aa']);
    await bench.dispose();
  });

  it('stops at once, and begins again at the pitch of the param', async () => {
    const bench = await benchOf([on(0, 57)], { params: { ...PLAIN, pitchHz: 100, releaseMs: 40 } });
    sing(bench, 50);
    await bench.act('stop');
    const rows = sing(bench, 20);
    assert.equal(rows[12]!.loudness, 0);
    assert.equal(rows[12]!.phone, 'pau');
    near(rows[12]!.hz, 100, 1e-6);
    await bench.dispose();
  });

  it('refuses phones that are none, and plays on', async () => {
    const bench = await benchOf(undefined);
    for (const [action, text] of [
      ['phones', 'hello'],
      ['phones', ''],
      ['sing', 'b t'],
    ] as const) {
      await assert.rejects(bench.act(action, text), { code: 'NODE_ARGUMENT' });
    }
    assert.equal(sing(bench, 5).length, 5);
    await bench.dispose();
  });

  it('tells of a note beyond the voice, and sings the nearest pitch', async () => {
    const bench = await benchOf([on(0, 100)]);
    near(sing(bench, 5)[4]!.hz, 600);
    assert.deepEqual(
      bench.notices.map(({ code }: GraphNotice) => code),
      ['NODE_SINGER_RANGE'],
    );
    await bench.dispose();
  });

  for (const sampleRate of [48000, 44100]) {
    it(`makes the same rows however time is cut, at ${sampleRate} Hz`, async () => {
      const events = [
        on(500, 57),
        on(3000, 60.5),
        off(3001, 57),
        off(9000, 60.5),
        on(9600, 50),
        off(9700, 50),
      ];
      const render = async (blocks: readonly number[]) => {
        const bench = await createBench(singer, { sampleRate, inputs: { notes: { events } }, seed: 3 });
        const before = bench.render(7000, blocks).cond.speech!;
        await bench.act('sing', 'm ow n');
        bench.set('vibratoCents', 100);
        const after = bench.render(9000, blocks).cond.speech!;
        await bench.dispose();
        return [...before, ...after];
      };
      const expected = await render([128]);
      for (const blocks of [[1, 7, 64, 500], [512], [33]]) assert.deepEqual(await render(blocks), expected);
    });
  }
});
