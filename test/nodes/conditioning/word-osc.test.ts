import assert from 'node:assert/strict';
import { wordOsc } from '../../../nodes/conditioning/word-osc.js';
import { createBench, type NodeBench, type TimedEvent } from '../../support/graph-harness.js';
import { bytesPerCall } from '../../support/heap.js';

const played = (bench: NodeBench): TimedEvent[] => bench.render(128).events.notes!;
const brief = (events: readonly TimedEvent[]) =>
  events.map(({ frame, type, pitch, id }) => [frame, type, pitch, id]);

describe('word-osc', () => {
  let bench: NodeBench;
  beforeEach(async () => {
    bench = await createBench(wordOsc);
  });
  afterEach(() => bench.dispose());

  it('says a word at the first frame of the next tick; the next word ends it', async () => {
    assert.deepEqual(played(bench), []);
    await bench.act('say', 'yes');
    assert.deepEqual(played(bench), [{ frame: 128, type: 'note-on', pitch: 60, velocity: 0.5, id: 1 }]);
    await bench.act('say', 'Go');
    assert.deepEqual(brief(played(bench)), [
      [256, 'note-off', 60, 1],
      [256, 'note-on', 69, 2],
    ]);
    await bench.act('stop');
    await bench.act('stop');
    assert.deepEqual(brief(played(bench)), [[384, 'note-off', 69, 2]]);
    assert.deepEqual(played(bench), []);
  });

  it('refuses a word that it has not, with the list, and goes on', async () => {
    await bench.act('say', 'no');
    await assert.rejects(bench.act('say', 'maybe'), (error: { code: string; message: string }) => {
      assert.equal(error.code, 'NODE_ARGUMENT');
      assert.match(error.message, /^the words are yes, no, up, .*, go, but this was "maybe"$/);
      return true;
    });
    await assert.rejects(bench.act('say'), { code: 'GRAPH_ACTION_ARGS' });
    assert.deepEqual(brief(played(bench)), [[0, 'note-on', 61, 1]]);
  });

  it('takes other words, with spaces or commas between', async () => {
    const other = await createBench(wordOsc, { settings: { words: ' zero,one  two ,\tthree' } });
    await other.act('say', 'three');
    assert.deepEqual(brief(played(other)), [[0, 'note-on', 63, 1]]);
    await other.dispose();
  });

  for (const [what, words] of [
    ['none', ' , '],
    ['one twice', 'yes no Yes'],
    ['too many', Array.from({ length: 69 }, (_, i) => `w${i}`).join(' ')],
  ] as const) {
    it(`refuses a list of words with ${what}`, async () => {
      await assert.rejects(createBench(wordOsc, { settings: { words } }), { code: 'NODE_SETTING' });
    });
  }

  it('refuses and tells what is too much for one tick, but can always stop', async () => {
    const refused: string[] = [];
    for (let n = 0; n < 200; n++) {
      await bench.act('say', n % 2 ? 'on' : 'off').catch(({ code }: { code: string }) => refused.push(code));
    }
    assert.ok(refused.length > 0 && refused.every((code) => code === 'NODE_QUEUE_FULL'));
    await bench.act('stop');
    const events = played(bench);
    const down = new Set<number>();
    for (const { type, pitch } of events) {
      if (type === 'note-on') down.add(pitch);
      else down.delete(pitch);
    }
    assert.equal(down.size, 0);
    await bench.act('say', 'go');
    assert.equal(played(bench).length, 1, 'the next tick takes as much again');
  });

  it('allocates nothing per tick', () => {
    const bytes = bytesPerCall(() => bench.tick(64), 5000);
    assert.ok(bytes < 512, `${bytes} bytes`);
  });
});
