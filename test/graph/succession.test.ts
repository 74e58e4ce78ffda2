import assert from 'node:assert/strict';
import {
  type AnyNodeDescriptor,
  abandonSuccession,
  compilePatch,
  createRegistry,
  defineNode,
  editFadeMs,
  type GraphEvent,
  type GraphRun,
  msToFrames,
  parsePatch,
  perBlock,
} from '../../graph/index.js';
import { servicesOf, startPatch } from '../support/graph-harness.js';
import { bytesPerCall } from '../support/heap.js';
import { edgesOf, nodesOf, patchOf, type ToyPatch, toyNodes } from './toy-nodes.js';

const options = { sampleRate: 48_000, maxBlockFrames: 512, mode: 'offline', seed: 1 } as const;
const fadeFrames = msToFrames(editFadeMs, options.sampleRate);

/** One note at its first tick. */
const key = defineNode({
  type: 'key',
  role: 'source',
  summary: 'Holds a key down.',
  params: {},
  inputs: {},
  outputs: { notes: { kind: 'event' } },
  create: () =>
    perBlock(() => {
      const note: GraphEvent = { frameOffset: 0, type: 'note-on', pitch: 60, velocity: 1, id: 1 };
      const block = { events: [note], count: 1 };
      let isFirst = true;
      return () => {
        block.count = isFirst ? 1 : 0;
        isFirst = false;
        return { notes: block };
      };
    }),
});

/** What keyboards heard, by the id of the node. */
const heardBy = new Map<string, string[]>();
const ear = defineNode({
  type: 'ear',
  role: 'transform',
  summary: 'Writes down events.',
  params: {},
  inputs: { notes: { kind: 'event', optional: true } },
  outputs: {},
  create: (ctx) =>
    perBlock(() => {
      const heard: string[] = [];
      heardBy.set(ctx.nodeId, heard);
      const result = {};
      return ({ in: { notes } }) => {
        for (let i = 0; i < notes.count; i++) heard.push(notes.events[i]!.type);
        return result;
      };
    }),
});

/** Counts its lives, and asks what it is told. */
const made = new Map<string, number>();
const asker = defineNode({
  type: 'asker',
  role: 'transform',
  summary: 'Asks whether b is connected.',
  params: {},
  inputs: {
    a: { kind: 'audio', channels: 'follow', optional: true },
    b: { kind: 'audio', channels: 1, optional: true },
  },
  outputs: { audio: { kind: 'audio', channels: 1 } },
  create: (ctx) =>
    perBlock(() => {
      made.set(ctx.nodeId, (made.get(ctx.nodeId) ?? 0) + 1);
      ctx.isConnected('b');
      const result = { audio: { channels: [new Float32Array(ctx.maxBlockFrames)] } };
      return () => result;
    }),
});

const types: readonly AnyNodeDescriptor[] = [...toyNodes, key, ear, asker];
const registry = createRegistry(types);

const compiled = (parts: ToyPatch) => compilePatch(parsePatch(patchOf(parts)), registry, options);

async function edit(run: GraphRun, parts: ToyPatch, anew: readonly string[] = []): Promise<void> {
  const plan = run.plan(compiled(parts), anew);
  if (typeof plan === 'string') throw new Error(plan);
  run.succeed(await run.prepareSuccession(plan, servicesOf()), anew);
}

let frame = 0;
function play(run: GraphRun, numFrames: number, channel = 0): number[] {
  const heard: number[] = [];
  while (heard.length < numFrames) {
    const ticked = Math.min(100, numFrames - heard.length);
    run.tick(frame, ticked);
    frame += ticked;
    heard.push(...run.output().channels[channel]!.subarray(0, ticked));
  }
  return heard;
}

describe('a graph that goes on as another patch', () => {
  let run: GraphRun;
  const start = async (parts: ToyPatch): Promise<void> => {
    frame = 0;
    run = await startPatch(patchOf(parts), types);
  };
  afterEach(() => run.dispose());

  it('fades at an input with equal gain, and from and to silence', async () => {
    const nodes = [
      { id: 'one', type: 'level', params: { value: 1 } },
      { id: 'three', type: 'level', params: { value: 3 } },
      ...nodesOf('sum'),
    ];
    const output = 'sum.audio';
    await start({ nodes, edges: edgesOf('one.audio > sum.a'), output });
    assert.deepEqual(play(run, 3), [1, 1, 1]);
    await edit(run, { nodes, edges: edgesOf('three.audio > sum.a', 'one.audio > sum.b'), output });
    const fading = play(run, fadeFrames);
    assert.ok(fading[0]! > 1 && fading[0]! < 1.001);
    assert.ok(Math.abs(fading[fadeFrames / 2 - 1]! - 2.5) < 0.01);
    assert.ok(fading.every((x, i) => i === 0 || x >= fading[i - 1]!));
    assert.deepEqual(play(run, 2), [4, 4]);
    await edit(run, { nodes, edges: edgesOf('three.audio > sum.a'), output });
    play(run, fadeFrames);
    assert.deepEqual(play(run, 2), [3, 3]);
  });

  it('fades at the output, also between counts of channels where one is mono', async () => {
    const nodes = [{ id: 'four', type: 'level', params: { value: 4 } }, ...nodesOf('stereo')];
    await start({ nodes, output: 'four.audio' });
    play(run, 10);
    await edit(run, { nodes, output: 'stereo.audio' });
    run.tick(frame, 1);
    const [left, right] = run.output().channels;
    assert.ok(Math.abs(left![0]! - 4) < 0.01 && Math.abs(right![0]! - 4) < 0.01);
    assert.equal(run.fadeFramesLeft, fadeFrames - 1);
    play(run, fadeFrames);
    assert.deepEqual([play(run, 1, 0), play(run, 1, 1)], [[1], [2]]);
    assert.equal(run.fadeFramesLeft, 0);
  });

  it('says what stands in the way', async () => {
    const nodes = nodesOf('level', 'scale:s', 'scale:t');
    await start({ nodes, edges: edgesOf('level.audio > s.audio', 's.audio > t.audio'), output: 't.audio' });
    const turned = { nodes, edges: edgesOf('level.audio > t.audio', 't.audio > s.audio'), output: 's.audio' };
    assert.equal(run.plan(compiled(turned)), 'loop');
    // Made anew they have nothing to do with what they were.
    assert.notEqual(run.plan(compiled(turned), ['s', 't']), 'loop');
  });

  it('is planned while a change still fades as it is afterwards', async () => {
    const first = { nodes: nodesOf('level', 'scale:s', 'scale:t'), output: 't.audio' };
    const edges = edgesOf('level.audio > s.audio', 's.audio > t.audio');
    await start({ ...first, edges });
    play(run, 10);
    await edit(run, { ...first, edges }, ['level']);
    play(run, 10);
    assert.ok(run.fadeFramesLeft > 0);
    // What the node that leaves next still fades out of has left already.
    const next = {
      nodes: nodesOf('level', 'scale:t'),
      edges: edgesOf('level.audio > t.audio'),
      output: 't.audio',
    };
    const planOf = (): readonly (readonly string[])[] => {
      const plan = run.plan(compiled(next));
      assert.ok(typeof plan !== 'string', String(plan));
      return [[...plan.staying.keys()], plan.order.map(({ id }) => id)];
    };
    const meanwhile = planOf();
    play(run, fadeFrames);
    assert.equal(run.fadeFramesLeft, 0);
    assert.deepEqual(planOf(), meanwhile);
    assert.deepEqual(meanwhile[0], ['level', 't']);
  });

  it('runs what leaves only while it is heard', async () => {
    const nodes = nodesOf('level', 'scale:s', 'scale:unheard');
    const edges = edgesOf('level.audio > s.audio', 'level.audio > unheard.audio');
    await start({ nodes, edges, output: 's.audio' });
    play(run, 10);
    const plan = run.plan(compiled({ nodes: nodesOf('level:other'), output: 'other.audio' }));
    assert.ok(typeof plan !== 'string');
    assert.deepEqual(
      plan.leaving.map(({ id }) => id),
      ['level', 's', 'unheard'],
    );
    assert.deepEqual(
      plan.order.map(({ id }) => id),
      ['other', 'level', 's'],
    );
  });

  it('makes a node anew where something that it asked is other', async () => {
    made.clear();
    const nodes = nodesOf('level', 'stereo', 'asker:x');
    await start({ nodes, edges: edgesOf('level.audio > x.a'), output: 'x.audio' });
    await edit(run, { nodes, output: 'x.audio' });
    play(run, fadeFrames);
    assert.equal(made.get('x'), 1, 'a was not asked about');
    await edit(run, { nodes, edges: edgesOf('level.audio > x.b'), output: 'x.audio' });
    play(run, fadeFrames);
    assert.equal(made.get('x'), 2, 'b was');
    await edit(run, { nodes, edges: edgesOf('level.audio > x.b', 'stereo.audio > x.a'), output: 'x.audio' });
    play(run, fadeFrames);
    assert.equal(made.get('x'), 3, 'other channels');
  });

  it('switches modulation, and keeps what those that stay have said', async () => {
    const nodes = [...nodesOf('level', 'counter', 'scale:s'), { id: 'c', type: 'counter' }];
    const audio = edgesOf('level.audio > s.audio');
    const both = [
      { from: 'counter.out', to: 's.by', amount: 0.01 },
      { from: 'c.out', to: 's.by', amount: 0.1 },
    ];
    await start({ nodes, edges: [...audio, ...both], output: 's.audio' });
    // Conditioning frames of 100 Hz: after 1441 frames the fourth has come, with the value 3.
    assert.ok(Math.abs(play(run, 1441).at(-1)! - 1.33) < 1e-6);
    await edit(run, { nodes, edges: [...audio, both[1]!], output: 's.audio' });
    assert.ok(Math.abs(play(run, 1)[0]! - 1.3) < 1e-6);
    await edit(run, { nodes, edges: audio, output: 's.audio' });
    assert.deepEqual(play(run, 1), [1]);
  });

  it('lets the keys go that a source has left down, and hears the new one at once', async () => {
    const nodes = nodesOf('level', 'key', 'ear');
    await start({ nodes, edges: edgesOf('key.notes > ear.notes'), output: 'level.audio' });
    play(run, 200);
    const heard = heardBy.get('ear')!;
    assert.deepEqual(heard, ['note-on']);
    const more = [...nodes, ...nodesOf('key:second')];
    await edit(run, { nodes: more, edges: edgesOf('second.notes > ear.notes'), output: 'level.audio' });
    play(run, 200);
    assert.deepEqual(heard, ['note-on', 'all-notes-off', 'note-on']);
    await edit(run, { nodes: more, output: 'level.audio' });
    play(run, 200);
    assert.deepEqual(heard, ['note-on', 'all-notes-off', 'note-on', 'all-notes-off']);
    assert.equal(heardBy.get('ear'), heard, 'it stayed');
  });

  it('sums latency anew', async () => {
    await start({ nodes: nodesOf('level'), output: 'level.audio' });
    assert.equal(run.latency.totalFrames, 0);
    const nodes = nodesOf('level', 'late');
    await edit(run, { nodes, edges: edgesOf('level.audio > late.audio'), output: 'late.audio' });
    assert.equal(run.latency.totalFrames, 10);
  });

  it('is what it was when a succession is abandoned', async () => {
    await start({ nodes: nodesOf('level'), output: 'level.audio' });
    const plan = run.plan(compiled({ nodes: nodesOf('stereo'), output: 'stereo.audio' }));
    assert.ok(typeof plan !== 'string');
    await abandonSuccession(await run.prepareSuccession(plan, servicesOf()));
    assert.deepEqual(play(run, 2), [1, 1]);
    assert.deepEqual(Object.keys(run.params()), ['level']);
  });

  it('does not allocate while it fades', async () => {
    const nodes = nodesOf('level', 'level:other', 'sum');
    const fast = { ...options, sampleRate: 192_000 };
    const faded = {
      nodes,
      edges: edgesOf('other.audio > sum.a', 'level.audio > sum.b'),
      output: 'sum.audio',
    };
    run = await startPatch(patchOf({ ...faded, edges: edgesOf('level.audio > sum.a') }), types, fast);
    const plan = run.plan(compilePatch(parsePatch(patchOf(faded)), registry, fast));
    assert.ok(typeof plan !== 'string');
    run.succeed(await run.prepareSuccession(plan, servicesOf()));
    let at = 0;
    const bytes = bytesPerCall(() => run.tick(at++, 1), 1500, 700);
    assert.ok(run.fadeFramesLeft > 0, 'it fades all the while');
    assert.ok(bytes < 200, `${bytes.toFixed(1)} bytes per tick`);
  });
});
