import assert from 'node:assert/strict';
import type { ParamSetting } from '../../../graph/index.js';
import { walk } from '../../../nodes/conditioning/walk.js';
import { createBench, type TimedEvent } from '../../support/graph-harness.js';
import { bytesPerCall } from '../../support/heap.js';

const SECOND = 48_000;

async function walked(
  params: Readonly<Record<string, ParamSetting>> = {},
  { frames = 4 * SECOND, blocks = [128], seed = 1 } = {},
): Promise<TimedEvent[]> {
  const bench = await createBench(walk, { params, seed, maxBlockFrames: Math.max(...blocks) });
  const { notes } = bench.render(frames, blocks).events;
  await bench.dispose();
  return notes!;
}

const frames = (events: readonly TimedEvent[], type: TimedEvent['type']): number[] =>
  events.filter((event) => event.type === type).map(({ frame }) => frame);

describe('walk', () => {
  it('plays at its interval from the first frame on, and lets go after its share of that', async () => {
    const events = await walked({ intervalMs: 500, heldShare: 0.25, velocity: 127 });
    assert.deepEqual(
      frames(events, 'note-on'),
      Array.from({ length: 8 }, (_, i) => i * 24_000),
    );
    assert.deepEqual(
      frames(events, 'note-off'),
      Array.from({ length: 8 }, (_, i) => i * 24_000 + 6000),
    );
    for (const [i, event] of events.entries()) {
      assert.equal(event.id, Math.floor(i / 2) + 1);
      assert.equal(event.velocity, event.type === 'note-on' ? 1 : 0);
      if (event.type === 'note-off') assert.equal(event.pitch, events[i - 1]!.pitch);
    }
  });

  it('plays the same at any block size, also where notes fall between frames', async () => {
    const params = { intervalMs: 33.337, heldShare: 0.61, probability: 0.7 };
    const expected = await walked(params);
    assert.ok(expected.length > 100);
    for (const blocks of [[512], [1, 7, 300], [4096], [33]]) {
      assert.deepEqual(await walked(params, { blocks }), expected, `${blocks}`);
    }
    const starts = frames(await walked({ intervalMs: 33.337 }), 'note-on');
    assert.deepEqual(
      starts,
      starts.map((_, i) => Math.max(0, Math.ceil(i * 33.337 * 48 - 1e-6))),
    );
  });

  it('is another walk for another seed, within its keys and steps', async () => {
    const params = { intervalMs: 20, lowKey: 69, highKey: 60, maxStep: 2 };
    const pitches = async (seed: number) =>
      (await walked(params, { seed })).filter(({ type }) => type === 'note-on').map(({ pitch }) => pitch);
    const first = await pitches(1);
    assert.deepEqual(await pitches(1), first);
    assert.notDeepEqual(await pitches(2), first);
    assert.ok(first.every((pitch) => pitch >= 60 && pitch <= 69));
    assert.ok(first.slice(1).every((pitch, i) => [1, 2].includes(Math.abs(pitch - first[i]!))));
  });

  it('holds a key until the next note with a share of 1, and lets go before that begins', async () => {
    const events = await walked({ intervalMs: 100, heldShare: 1 });
    assert.deepEqual(frames(events, 'note-off'), frames(events, 'note-on').slice(1));
    assert.deepEqual(
      events.map(({ type }) => type),
      events.map((_, i) => (i % 2 === 0 ? 'note-on' : 'note-off')),
    );
  });

  it('rests: a step that is not heard also ends the note before', async () => {
    const events = await walked({ intervalMs: 20, heldShare: 1, probability: 0.5 }, { frames: 20 * SECOND });
    const starts = frames(events, 'note-on');
    assert.ok(Math.abs(starts.length - 500) < 70, `${starts.length} of 1000`);
    for (const [i, frame] of frames(events, 'note-off').entries()) assert.equal(frame, starts[i]! + 960);
    assert.deepEqual(await walked({ probability: 0 }), []);
  });

  it('takes a new interval at once', async () => {
    const bench = await createBench(walk, { params: { intervalMs: 60_000 } });
    assert.deepEqual(frames(bench.render(SECOND).events.notes!, 'note-on'), [0]);
    bench.set('intervalMs', 500);
    const later = frames(bench.render(SECOND).events.notes!, 'note-on');
    assert.deepEqual(later, [SECOND, SECOND + 24_000], 'one is due by now');
    bench.set('intervalMs', 1000);
    assert.deepEqual(frames(bench.render(SECOND).events.notes!, 'note-on'), [SECOND + 72_000]);
    await bench.dispose();
  });

  it('allocates nothing per tick', async () => {
    const bench = await createBench(walk, { params: { intervalMs: 20 } });
    const bytes = bytesPerCall(() => bench.tick(128), 5000);
    assert.ok(bytes < 512, `${bytes} bytes`);
    await bench.dispose();
  });
});
