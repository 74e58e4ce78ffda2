/** Edits of a patch while it plays. */
import assert from 'node:assert/strict';
import {
  type AnyNodeDescriptor,
  type AudioBlock,
  compilePatch,
  defineNode,
  editFadeMs,
  type GraphEdit,
  GraphError,
  msToFrames,
  type Patch,
  PatchEditor,
  parsePatch,
  perBlock,
} from '../../../graph/index.js';
import { Engine } from '../../../src/engine/engine.js';
import type { EngineNotice } from '../../../src/engine/notice.js';
import type { EngineOptions } from '../../../src/engine/options.js';
import { fakeParts } from './fake-parts.js';

const sampleRate = 48_000;
const blockFrames = 64;
const fadeFrames = msToFrames(editFadeMs, sampleRate);
/** Of the guard. */
const limiterFrames = msToFrames(1.5, sampleRate);

/** A soft sine that hangs on the frame alone. */
const tone = defineNode({
  type: 'tone',
  role: 'source',
  summary: 'Puts out a sine.',
  params: {},
  settings: { hz: { type: 'number', label: 'Hz', min: 20, max: 400, default: 200 } },
  inputs: {},
  outputs: { audio: { kind: 'audio', channels: 1 } },
  create: (ctx) =>
    perBlock(() => {
      const out = new Float32Array(ctx.maxBlockFrames);
      const result = { audio: { channels: [out] } };
      return ({ tick }) => {
        for (let i = 0; i < tick.numFrames; i++) {
          out[i] = 0.03 * Math.sin((2 * Math.PI * ctx.settings.hz * (tick.startFrame + i)) / ctx.sampleRate);
        }
        return result;
      };
    }),
});

/** Counts how often it was prepared and disposed of. */
const lives = { prepared: 0, disposed: 0 };
const living = defineNode({
  ...tone,
  type: 'living',
  prepare: async () => {
    lives.prepared++;
    return {};
  },
  dispose: async () => {
    lives.disposed++;
  },
});

/** Cannot be prepared when told so. */
const fragile = defineNode({
  type: 'fragile',
  role: 'source',
  summary: 'Breaks.',
  params: {},
  inputs: {},
  outputs: { audio: { kind: 'audio', channels: 1 } },
  settings: { breaks: { type: 'bool', label: 'Breaks', default: true } },
  prepare: async ({ settings }) => {
    if (settings.breaks) throw new Error('it broke');
    return undefined;
  },
  create: () =>
    perBlock(() => {
      const result = { audio: { channels: [new Float32Array(blockFrames)] } };
      return () => result;
    }),
});

const toys: readonly AnyNodeDescriptor[] = [tone, living, fragile];
const opened: Engine[] = [];

interface Plan {
  readonly nodes: readonly Readonly<Record<string, unknown>>[];
  readonly edges?: readonly string[];
  readonly output: string;
}

function patchOf({ nodes, edges = [], output }: Plan): Patch {
  return parsePatch({
    format: 'sashimi-live/patch',
    formatVersion: 1,
    title: 'Edits',
    nodes,
    edges: edges.map((edge) => {
      const [from, to, amount] = edge.split(/ > | \* /);
      return { from, to, ...(amount !== undefined && { amount: Number(amount) }) };
    }),
    output,
  });
}

async function engineOf(patch: Patch, options: Partial<EngineOptions> = {}): Promise<Engine> {
  const engine = await Engine.create({
    patch,
    presetName: 'edits',
    mode: 'offline',
    sampleRate,
    blockFrames,
    channels: 2,
    seed: 1,
    parts: fakeParts(...toys),
    ...options,
  });
  opened.push(engine);
  return engine;
}

function play(engine: Engine, numFrames: number): Float32Array {
  const out = new Float32Array(numFrames);
  let at = 0;
  const tap = (block: AudioBlock, frames: number): void => {
    out.set(block.channels[0]!.subarray(0, frames), at);
    at += frames;
  };
  while (at < numFrames) engine.process(Math.min(blockFrames, numFrames - at), tap);
  return out;
}

/** Of a step of the slope: where sound breaks off it is large, in a fade it is not. */
function largestBend(x: Float32Array): number {
  let largest = 0;
  for (let i = 2; i < x.length; i++) {
    largest = Math.max(largest, Math.abs(x[i]! - 2 * x[i - 1]! + x[i - 2]!));
  }
  return largest;
}

const { registry } = fakeParts(...toys);

/** Throws where the edits make no patch. */
function edited(patch: Patch, ...edits: readonly GraphEdit[]): { patch: Patch; anew: readonly string[] } {
  const editor = new PatchEditor(patch, registry);
  for (const edit of edits) editor.apply(edit);
  compilePatch(parsePatch(editor.patch), registry, {
    sampleRate,
    maxBlockFrames: blockFrames,
    mode: 'offline',
    seed: 1,
  });
  return { patch: editor.patch, anew: editor.anew };
}

const chain = patchOf({
  nodes: [
    { id: 'a', type: 'ramp' },
    { id: 'b', type: 'tone', settings: { hz: 100 } },
    { id: 'level', type: 'gain' },
  ],
  edges: ['a.audio > level.audio'],
  output: 'level.audio',
});

describe('an edit of the patch that plays', () => {
  afterEach(async () => {
    for (const engine of opened.splice(0)) await engine.close();
  });

  it('leaves what it does not touch bit for bit as it is', async () => {
    const plain = await engineOf(chain);
    const engine = await engineOf(chain);
    const heard: number[] = [];
    const expected: number[] = [];
    let { patch } = { patch: chain };
    const edits: GraphEdit[] = [
      { kind: 'add', type: 'gain', id: 'extra' },
      { kind: 'connect', from: 'b.audio', to: 'extra.audio' },
      { kind: 'setting', id: 'b', name: 'hz', value: 300 },
      { kind: 'connect', from: 'level.audio', to: 'extra.audio' },
      { kind: 'remove', id: 'extra' },
    ];
    const transactions = [edits.slice(0, 2), ...edits.slice(2).map((edit) => [edit])];
    for (const transaction of transactions) {
      const next = edited(patch, ...transaction);
      const applied = engine.editPatch(next);
      patch = next.patch;
      await engine.idle();
      for (let i = 0; i < 40; i++) {
        heard.push(...play(engine, 50));
        expected.push(...play(plain, 50));
      }
      await applied;
    }
    assert.deepEqual(heard, expected);
  });

  it('fades from one source to the other, at its very frame, and then is the other', async () => {
    const engine = await engineOf(chain);
    const other = await engineOf(
      edited(chain, { kind: 'connect', from: 'b.audio', to: 'level.audio' }).patch,
    );
    play(engine, 100);
    const applied = engine.editPatch(
      edited(chain, { kind: 'connect', from: 'b.audio', to: 'level.audio' }),
      333,
    );
    await engine.idle();
    const heard = play(engine, 5000);
    assert.equal(await applied, 333);
    const expected = play(other, 5100).subarray(100);
    const first = 333 - 100 + limiterFrames;
    assert.notEqual(heard[first + 1], expected[first + 1]);
    assert.deepEqual(heard.subarray(first + fadeFrames), expected.subarray(first + fadeFrames));
    for (let i = 0; i < first; i++)
      assert.ok(Math.abs(heard[i]! - (100 + i - limiterFrames) * 1e-6) < 1e-7 || i < 1);
    assert.ok(largestBend(heard) < 1e-4, `${largestBend(heard)}`);
  });

  it('prepares only what is new, and disposes of what has left once it is silent', async () => {
    lives.prepared = 0;
    lives.disposed = 0;
    const patch = patchOf({
      nodes: [
        { id: 'a', type: 'living' },
        { id: 'b', type: 'living' },
        { id: 'sum', type: 'mix' },
      ],
      edges: ['a.audio > sum.in1', 'b.audio > sum.in2'],
      output: 'sum.audio',
    });
    const engine = await engineOf(patch);
    play(engine, 640);
    assert.equal(lives.prepared, 2);
    const swapped = edited(
      patch,
      { kind: 'remove', id: 'b' },
      { kind: 'add', type: 'living', id: 'c' },
      { kind: 'connect', from: 'c.audio', to: 'sum.in2' },
    );
    await engine.editPatch(swapped);
    assert.deepEqual(lives, { prepared: 3, disposed: 0 });
    play(engine, fadeFrames - 1);
    assert.equal(lives.disposed, 0);
    play(engine, 1);
    await engine.idle();
    assert.equal(lives.disposed, 1);
    await engine.close();
    opened.splice(0);
    assert.deepEqual(lives, { prepared: 3, disposed: 3 });
  });

  it('keeps params of nodes that stay and of those that are made anew, as they are set', async () => {
    const engine = await engineOf(chain);
    engine.apply({
      frame: 0,
      message: { kind: 'param', nodeId: 'level', name: 'gainDb', value: -20 },
    });
    play(engine, 64);
    // The patch of the edit knows nothing of the message.
    await engine.editPatch(edited(chain, { kind: 'add', type: 'tone', id: 'new' }));
    assert.equal(engine.params().level!.gainDb, -20);
    const replaced = edited(chain, { kind: 'replace', id: 'a', type: 'noise' });
    // Two channels now: the level is made anew.
    await engine.editPatch(replaced);
    assert.equal(engine.params().level!.gainDb, -20);
    const whole = edited(
      replaced.patch,
      { kind: 'replace', id: 'level', type: 'gain' },
      { kind: 'setting', id: 'level', name: 'gainDb', value: -3 },
    );
    const applied = engine.editPatch(whole);
    await engine.idle();
    play(engine, 2 * fadeFrames);
    await applied;
    assert.equal(engine.params().level!.gainDb, -3);
  });

  it('changes nothing when something cannot be prepared', async () => {
    lives.prepared = 0;
    lives.disposed = 0;
    const plain = await engineOf(chain);
    const engine = await engineOf(chain);
    play(plain, 640);
    play(engine, 640);
    const broken = edited(
      chain,
      { kind: 'add', type: 'living', id: 'fine' },
      { kind: 'add', type: 'fragile', id: 'wrong' },
      { kind: 'connect', from: 'fine.audio', to: 'level.audio' },
    );
    await assert.rejects(engine.editPatch(broken), { code: 'GRAPH_PREPARE' });
    assert.deepEqual(lives, { prepared: 1, disposed: 1 });
    assert.deepEqual(play(engine, 6400), play(plain, 6400));
    assert.deepEqual(Object.keys(engine.params()), Object.keys(plain.params()));
  });

  it('waits until the one before is heard in full', async () => {
    const engine = await engineOf(chain);
    play(engine, 64);
    const first = edited(chain, { kind: 'connect', from: 'b.audio', to: 'level.audio' });
    const second = edited(first.patch, { kind: 'connect', from: 'a.audio', to: 'level.audio' });
    const frames = [engine.editPatch(first), engine.editPatch(second)];
    await engine.idle();
    assert.ok(largestBend(play(engine, 6400)) < 1e-4);
    assert.deepEqual(await Promise.all(frames), [64, 64 + fadeFrames]);
  });

  it('builds the patch as a whole where old and new edges make a loop, and says so', async () => {
    const patch = patchOf({
      nodes: [
        { id: 'source', type: 'tone' },
        { id: 'one', type: 'gain' },
        { id: 'two', type: 'gain' },
      ],
      edges: ['source.audio > one.audio', 'one.audio > two.audio'],
      output: 'two.audio',
    });
    const turned = edited(
      patch,
      { kind: 'connect', from: 'source.audio', to: 'two.audio' },
      { kind: 'connect', from: 'two.audio', to: 'one.audio' },
      { kind: 'output', port: 'one.audio' },
    );
    const engine = await engineOf(patch);
    const told: EngineNotice[] = [];
    engine.notices$.subscribe((notice) => told.push(notice));
    play(engine, 6400);
    const steady = largestBend(play(engine, 6400));
    await engine.editPatch(turned);
    assert.ok(largestBend(play(engine, 6400)) < 2 * steady);
    assert.deepEqual(
      told.map((notice) => ('code' in notice ? notice.code : notice.kind)),
      ['ENGINE_EDIT_WHOLE', 'edit'],
    );
  });

  it('is part of what a panic builds anew', async () => {
    const engine = await engineOf(chain);
    play(engine, 640);
    const applied = engine.editPatch(
      edited(chain, { kind: 'connect', from: 'b.audio', to: 'level.audio' }),
      9000,
    );
    await engine.idle();
    engine.apply({ frame: 0, message: { kind: 'panic' } });
    play(engine, 640);
    await engine.idle();
    assert.equal(await applied, 640);
    const other = await engineOf(
      edited(chain, { kind: 'connect', from: 'b.audio', to: 'level.audio' }).patch,
    );
    play(engine, 6400);
    play(other, engine.frame);
    assert.deepEqual(play(engine, 640), play(other, 640));
  });

  it('does not keep an engine from closing', async () => {
    const engine = await engineOf(chain);
    const applied = engine.editPatch(edited(chain, { kind: 'remove', id: 'b' }), 1e9);
    const behind = engine.loadPatch(chain, 'again');
    await engine.idle();
    await engine.close();
    await Promise.all([applied, behind]);
    opened.splice(0);
  });
});

describe('random edits', () => {
  const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  const types = ['tone', 'gain', 'mix', 'mix', 'pan', 'constant', 'no-such-type', 'living'];

  /** Mostly of what is there, so that about every other makes sense. */
  function randomEdit(random: () => number, { nodes, edges }: Patch): GraphEdit {
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    const id = (): string => (random() < 0.95 ? pick(nodes).id : pick(ids));
    const port = (of: 'outputs' | 'inputs' | 'params'): string => {
      const node = pick(nodes);
      const names = Object.keys(registry.get(node.type)![of]).slice(0, 3);
      return `${node.id}.${pick([...names, 'audio'])}`;
    };
    const roll = random();
    if (roll < 0.22) return { kind: 'add', type: pick(types), id: pick(ids) };
    if (roll < 0.27) return { kind: 'remove', id: id() };
    if (roll < 0.35) return { kind: 'replace', id: id(), type: pick(types) };
    if (roll < 0.7) return { kind: 'connect', from: port('outputs'), to: port('inputs') };
    if (roll < 0.75) return { kind: 'connect', from: port('outputs'), to: port('params'), amount: random() };
    if (roll < 0.8)
      return edges.length > 0 ? { kind: 'disconnect', ...pick(edges) } : { kind: 'remove', id: 'x' };
    if (roll < 0.92) return { kind: 'output', port: port('outputs') };
    return { kind: 'setting', id: id(), name: pick(['hz', 'gainDb', 'x']), value: 50 + random() * 400 };
  }

  for (const seed of [1, 2, 3, 4]) {
    it(`never click, and end where the patch begins that they lead to (${seed})`, async function () {
      this.timeout(240_000);
      let state = seed;
      const random = (): number => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        return state / 2 ** 32;
      };
      let patch = patchOf({
        nodes: [
          { id: 'a', type: 'tone' },
          { id: 'b', type: 'mix' },
          { id: 'c', type: 'gain' },
        ],
        edges: ['a.audio > b.in1', 'b.audio > c.audio'],
        output: 'c.audio',
      });
      const engine = await Engine.create({
        patch,
        presetName: 'random',
        mode: 'offline',
        sampleRate,
        blockFrames,
        channels: 2,
        seed: 1,
        parts: fakeParts(...toys),
      });
      const faults: EngineNotice[] = [];
      engine.notices$.subscribe((notice) => {
        if (notice.kind === 'fault') faults.push(notice);
      });
      const heard: Float32Array[] = [];
      const done = { valid: 0, invalid: 0 };
      while (done.valid < 150) {
        const edits = Array.from({ length: 1 + Math.floor(random() * 4) }, () => randomEdit(random, patch));
        let next: ReturnType<typeof edited>;
        try {
          next = edited(patch, ...edits);
        } catch (error) {
          assert.ok(error instanceof GraphError, String(error));
          done.invalid++;
          continue;
        }
        done.valid++;
        patch = next.patch;
        const due = engine.frame + Math.floor(random() * 200);
        let frame = -1;
        void engine.editPatch(next, due).then((at) => {
          frame = at;
        });
        await engine.idle();
        for (let n = 0; frame < 0 || random() < 0.6; n++) {
          heard.push(play(engine, 1 + Math.floor(random() * 64)));
          await Promise.resolve();
          assert.ok(n < 2000);
        }
        assert.ok(frame >= due - 1 || frame === engine.frame);
      }
      assert.deepEqual(faults, []);
      heard.push(play(engine, 4 * fadeFrames));
      const all = Float32Array.from(heard.flatMap((x) => [...x]));
      assert.ok(all.every((x) => Number.isFinite(x)));
      // What a tone of 400 Hz bends itself, with room for several of them; a break of a hundredth of its height would be more.
      const most = 0.03 * (2 * Math.PI * (400 / sampleRate)) ** 2;
      const bend = largestBend(all.subarray(limiterFrames + blockFrames));
      assert.ok(bend < 3 * most, `${bend} of ${most}`);
      const fresh = await Engine.create({
        patch: edited(patch).patch,
        presetName: 'fresh',
        mode: 'offline',
        sampleRate,
        blockFrames,
        channels: 2,
        seed: 1,
        parts: fakeParts(...toys),
      });
      play(fresh, engine.frame);
      const here = play(engine, 640);
      const there = play(fresh, 640);
      for (let i = 0; i < 640; i++)
        assert.ok(Math.abs(here[i]! - there[i]!) < 1e-6, `${i}: ${here[i]} ${there[i]}`);
      await engine.close();
      await fresh.close();
    });
  }
});
