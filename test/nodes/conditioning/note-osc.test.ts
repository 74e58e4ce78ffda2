import assert from 'node:assert/strict';
import { noteOsc } from '../../../nodes/conditioning/note-osc.js';
import { createBench, type NodeBench, type TimedEvent } from '../../support/graph-harness.js';
import { bytesPerCall } from '../../support/heap.js';

const played = (bench: NodeBench, frames = 128, blocks = [128]): TimedEvent[] =>
  bench.render(frames, blocks).events.notes!;

describe('note-osc', () => {
  let bench: NodeBench;
  beforeEach(async () => {
    bench = await createBench(noteOsc);
  });
  afterEach(() => bench.dispose());

  it('plays what it is told at the first frame of the next tick, in order, once', async () => {
    assert.deepEqual(played(bench), []);
    await bench.act('note', 60, 127);
    await bench.act('pedal', true);
    await bench.act('note', 64, 1);
    await bench.act('note/off', 60);
    await bench.act('note', 64, 0);
    await bench.act('pedal', false);
    await bench.act('notes/off');
    assert.deepEqual(played(bench), [
      { frame: 128, type: 'note-on', pitch: 60, velocity: 1, id: 1 },
      { frame: 128, type: 'pedal', pitch: 0, velocity: 1, id: 0 },
      { frame: 128, type: 'note-on', pitch: 64, velocity: 1 / 127, id: 2 },
      { frame: 128, type: 'note-off', pitch: 60, velocity: 0, id: 1 },
      { frame: 128, type: 'note-off', pitch: 64, velocity: 0, id: 2 },
      { frame: 128, type: 'pedal', pitch: 0, velocity: 0, id: 0 },
      { frame: 128, type: 'all-notes-off', pitch: 0, velocity: 0, id: 0 },
    ]);
    assert.deepEqual(played(bench), []);
  });

  it('has a pitch wheel, of whose places in one tick the last one counts', async () => {
    for (const position of [-1, 0.25, 0.5]) await bench.act('bend', position);
    await bench.act('note', 60, 127);
    await bench.act('controllers/reset');
    assert.deepEqual(
      played(bench).map(({ type, velocity }) => [type, velocity]),
      [
        ['bend', 0.5],
        ['note-on', 1],
        ['pedal', 0],
        ['bend', 0],
      ],
    );
    await assert.rejects(bench.act('bend', 1.5), { code: 'NODE_ARGUMENT' });
  });

  it('pairs an off with the last note of its key', async () => {
    for (const velocity of [50, 60]) await bench.act('note', 60, velocity);
    await bench.act('note/off', 60);
    await bench.act('note/off', 61);
    assert.deepEqual(
      played(bench).map(({ id }) => id),
      [1, 2, 2, 0],
    );
  });

  it('refuses what is no key or no velocity, with code and sentence, and plays on', async () => {
    for (const [action, ...args] of [
      ['note', -1, 64],
      ['note', 128, 64],
      ['note', 60, 128],
      ['note', 60, -1],
      ['note/off', 200],
    ] as const) {
      await assert.rejects(bench.act(action, ...args), (error: { code: string; message: string }) => {
        assert.equal(error.code, 'NODE_ARGUMENT');
        assert.match(error.message, /^(pitch|velocity) is 0 to 127 but was -?\d+$/);
        return true;
      });
    }
    await assert.rejects(bench.act('note', 60), { code: 'GRAPH_ACTION_ARGS' });
    assert.deepEqual(played(bench), []);
  });

  it('refuses and tells what is too much for one tick, but takes keys that are let go', async () => {
    const refused: string[] = [];
    const send = (action: string, ...args: unknown[]) =>
      bench.act(action, ...args).catch((error: { code: string }) => refused.push(error.code));
    for (let n = 0; n < 200; n++) await send('note', n % 88, 64);
    assert.deepEqual(
      refused,
      Array.from({ length: 8 }, () => 'NODE_QUEUE_FULL'),
    );
    refused.length = 0;
    for (let n = 0; n < 60; n++) await send('note/off', n);
    await send('pedal', false);
    assert.deepEqual(refused, []);
    for (let n = 0; n < 10; n++) await send('note/off', n);
    assert.equal(refused.length, 8);
    for (let n = 0; n < 3; n++) await bench.act('notes/off');
    const events = played(bench);
    assert.equal(events.length, 256);
    assert.equal(events.at(-1)!.type, 'all-notes-off');
    await bench.act('note', 60, 64);
    assert.equal(played(bench).length, 1, 'the next tick takes as much again');
  });

  it('allocates nothing per tick', () => {
    const bytes = bytesPerCall(() => bench.tick(64), 5000);
    assert.ok(bytes < 512, `${bytes} bytes`);
  });
});
