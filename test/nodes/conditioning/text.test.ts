import assert from 'node:assert/strict';
import { PHONES, SPEECH_DIM, SPEECH_LOUDNESS, SPEECH_OCTAVES } from '../../../models/index.js';
import { text } from '../../../nodes/conditioning/text.js';
import { type ReadText, TEXT_READERS, type TextReader } from '../../../nodes/index.js';
import { EngineTextReaders } from '../../../src/text/engine-text-readers.js';
import {
  createBench,
  type HarnessOptions,
  type NodeBench,
  servicesOf,
  type TimedEvent,
} from '../../support/graph-harness.js';
import { bytesPerCall } from '../../support/heap.js';

/** Engine frames per row. */
const ROW = 192;
const LEAD_ROWS = 30;

const readers = new EngineTextReaders();
const PLAIN = { vibratoCents: 0, drift: 0, glideMs: 0 };

const on = (row: number, pitch: number): TimedEvent => ({
  frame: row * ROW,
  type: 'note-on',
  pitch,
  velocity: 1,
  id: 1,
});
const off = (row: number, pitch: number): TimedEvent => ({ ...on(row, pitch), type: 'note-off' });

const benchOf = (events: readonly TimedEvent[] = [], options: HarnessOptions = {}): Promise<NodeBench> =>
  createBench(text, {
    services: servicesOf([TEXT_READERS, readers]),
    inputs: { notes: { events } },
    params: PLAIN,
    ...options,
  });

interface Row {
  readonly phone: string;
  readonly hz: number;
  readonly loudness: number;
}

function render(bench: NodeBench, rows: number, blocks?: readonly number[]): Row[] {
  const values = bench.render(rows * ROW, blocks).cond.speech!;
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

const phones = (rows: readonly Row[]): string =>
  rows
    .map(({ phone }) => phone)
    .filter((phone, i, all) => phone !== all[i - 1])
    .join(' ');

const codes = (bench: NodeBench): string[] => bench.notices.map(({ code }) => code);

describe('text', function () {
  this.timeout(240_000);

  it('says a text now, and answers how long that takes', async () => {
    const bench = await benchOf();
    render(bench, 10);
    const seconds = await bench.act('say', 'Hello world.');
    assert.ok(typeof seconds === 'number' && seconds > 0.8 && seconds < 2.5, `${seconds}`);
    const rows = render(bench, 500);
    assert.equal(phones(rows), 'pau hh ax l ow w er l d pau');
    const voiced = rows.filter(({ loudness }) => loudness > 0.5).map(({ hz }) => hz);
    assert.ok(Math.max(...voiced) > 165 && Math.min(...voiced) < 135, 'around the 150 Hz of its param');
    assert.equal(rows[499]!.loudness, 0);
    assert.deepEqual(codes(bench), []);
    await bench.dispose();
  });

  it('has a pace and a pitch range, from the next phone on', async () => {
    const bench = await benchOf([], { params: { ...PLAIN, pitchRange: 0 } });
    const rowsOf = async (rate: number): Promise<Row[]> => {
      bench.set('rate', rate);
      await bench.act('say', 'moon over the water');
      return render(bench, 1200).filter(({ loudness }) => loudness > 0);
    };
    const [fast, plain, slow] = [await rowsOf(2), await rowsOf(1), await rowsOf(0.5)] as const;
    assert.ok(fast.length < 0.75 * plain.length && slow.length > 1.6 * plain.length);
    for (const { hz } of plain) assert.ok(Math.abs(hz - 150) < 0.01);
    await bench.dispose();
  });

  it('tells of characters that it cannot say and says the rest, and refuses what has nothing to say', async () => {
    const bench = await benchOf();
    await bench.act('say', 'moon \u2603');
    assert.deepEqual(codes(bench), ['NODE_TEXT_UNSAID']);
    assert.match(bench.notices[0]!.message, /U\+2603/);
    assert.equal(phones(render(bench, 300)), 'pau m uw n pau');
    for (const action of ['say', 'sing']) {
      await assert.rejects(bench.act(action, '\u2603 ...'), { code: 'NODE_ARGUMENT' });
    }
    assert.equal(render(bench, 5).length, 5);
    await bench.dispose();
  });

  it('tells what is left out of a text that is too long, and plays on', async () => {
    const bench = await benchOf();
    const seconds = await bench.act('say', 'moon over the water, '.repeat(10_000));
    assert.deepEqual(codes(bench), ['NODE_TEXT_LONG']);
    assert.ok(Number(seconds) > 3600);
    assert.equal(phones(render(bench, 60)), 'pau m uw n');
    const bytes = bytesPerCall(() => bench.tick(128), 500);
    assert.ok(bytes < 1024, `${bytes} bytes per tick`);
    await bench.act('stop');
    assert.equal(render(bench, 60)[59]!.loudness, 0);
    await bench.dispose();
  });

  it('sings one syllable a note: consonants before the beat, the vowel on it and as long as the note', async () => {
    const events = [on(50, 57), off(150, 57), on(260, 60), off(360, 60)];
    const bench = await benchOf(events, { settings: { lyrics: 'low stone' } });
    const rows = render(bench, 520);
    assert.equal(phones(rows), 'pau l ow pau s t ow n pau');
    const vowels = rows.flatMap(({ phone }, row) =>
      phone === 'ow' && rows[row - 1]!.phone !== 'ow' ? [row] : [],
    );
    for (const [index, beat] of [50, 260].entries()) {
      assert.ok(Math.abs(vowels[index]! - beat - LEAD_ROWS) <= 2, `vowel at ${vowels[index]}`);
    }
    assert.ok(Math.abs(rows[130]!.hz - 220) < 0.01);
    assert.ok(Math.abs(rows[350]!.hz - 261.63) < 0.01);
    assert.equal(rows.findLastIndex(({ phone }) => phone === 'n') > 360 + LEAD_ROWS, true);
    await bench.dispose();
  });

  it('says what follows a vowel before the next syllable where notes are joined, and begins again at the end', async () => {
    const pitches = [57, 59, 60, 62, 57];
    const events = pitches.flatMap((pitch, i) => [on(100 * i + 20, pitch), off(100 * i + 120, pitch)]);
    const bench = await benchOf(
      events.sort((a, b) => a.frame - b.frame),
      { settings: { lyrics: 'light wonder' } },
    );
    assert.equal(phones(render(bench, 700)), 'pau l ay t w ah n d er l ay t w ah n pau');
    await bench.dispose();
  });

  it('sings on its last syllable when it does not repeat, and from the beginning after a stop', async () => {
    const events = [1, 2, 3, 5].flatMap((n) => [on(150 * n, 57), off(150 * n + 80, 57)]);
    const bench = await benchOf(events, {
      settings: { lyrics: 'low moon' },
      params: { ...PLAIN, repeat: false },
    });
    assert.equal(phones(render(bench, 690)), 'pau l ow pau m uw n pau m uw n pau');
    await bench.act('stop');
    assert.equal(phones(render(bench, 300)), 'pau l ow pau');
    await bench.dispose();
  });

  it('sings other words from the next note on, and without words the vowel of its param', async () => {
    const events = [1, 3, 5].flatMap((n) => [on(100 * n, 57), off(100 * n + 50, 57)]);
    const bench = await benchOf(events, { params: { ...PLAIN, vowel: 'iy' } });
    assert.equal(phones(render(bench, 250)), 'pau iy pau');
    assert.equal(await bench.act('sing', 'moon river'), 3);
    assert.equal(phones(render(bench, 200)), 'pau m uw n pau');
    await bench.act('sing');
    assert.equal(phones(render(bench, 250)), 'pau iy pau');
    await bench.dispose();
  });

  it('speaks at the pitch of a note that is held', async () => {
    const bench = await benchOf([on(0, 57)], { settings: { leadMs: 0 } });
    render(bench, 20);
    await bench.act('say', 'moon');
    for (const { hz } of render(bench, 100)) assert.ok(Math.abs(hz - 220) < 0.01);
    await bench.dispose();
  });

  it('sings what notes sang before, after it has spoken', async () => {
    const events = [on(0, 57), off(60, 57), on(500, 57), off(560, 57)];
    const bench = await benchOf(events, { settings: { lyrics: 'low moon' } });
    assert.equal(phones(render(bench, 150)), 'pau l ow pau');
    await bench.act('say', 'red');
    assert.equal(phones(render(bench, 340)), 'pau r eh d pau');
    assert.equal(phones(render(bench, 250)), 'pau m uw n pau');
    await bench.dispose();
  });

  it('makes the same rows from the same seed however time is cut, and others from another', async () => {
    const events = [on(3, 57), on(40, 60), off(41, 57), { ...on(60, 0), type: 'bend' as const }, off(90, 60)];
    const play = async (blocks: readonly number[], seed = 3): Promise<readonly number[]> => {
      const bench = await benchOf(events, { seed, params: {}, settings: { lyrics: 'twinkle little star' } });
      const before = bench.render(20_000, blocks).cond.speech!;
      await bench.act('say', 'Who are you?');
      const after = bench.render(60_000, blocks).cond.speech!;
      await bench.dispose();
      return [...before, ...after];
    };
    const expected = await play([128]);
    for (const blocks of [[1, 7, 64, 500], [512], [33]]) assert.deepEqual(await play(blocks), expected);
    assert.notDeepEqual(await play([128], 4), expected);
  });

  describe('live', () => {
    /** Answers when it is told to. */
    class SlowReader implements TextReader {
      readonly waiting: ((read: ReadText) => void)[] = [];
      closed = 0;
      read(): Promise<ReadText> {
        return new Promise((done) => this.waiting.push(done));
      }
      async close(): Promise<void> {
        this.closed++;
      }
    }
    const moon: ReadText = {
      plan: { phones: Uint8Array.of(PHONES.indexOf('uw')), rows: Int32Array.of(50), count: 1, held: -1 },
      seconds: 0.2,
      lyrics: undefined,
      unsaid: [],
      numUnsaid: 0,
      leftOut: 0,
    };

    it('plays on while a text is read, refuses a ninth one, and says nothing that came before a stop', async () => {
      const reader = new SlowReader();
      const bench = await createBench(text, {
        services: servicesOf([TEXT_READERS, { open: async () => reader }]),
        params: PLAIN,
      });
      const answers = Array.from({ length: 8 }, () => bench.act('say', 'moon'));
      await assert.rejects(bench.act('say', 'moon'), { code: 'NODE_TEXT_BUSY' });
      assert.equal(phones(render(bench, 20)), 'pau');
      reader.waiting[0]!(moon);
      assert.equal(await answers[0], 0.2);
      assert.equal(phones(render(bench, 20)), 'pau uw');
      await bench.act('stop');
      render(bench, 40);
      for (const answer of reader.waiting.slice(1)) answer(moon);
      await Promise.all(answers);
      assert.equal(phones(render(bench, 40)), 'pau');
      await bench.dispose();
      assert.equal(reader.closed, 1);
    });
  });
});
