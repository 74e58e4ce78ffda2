import assert from 'node:assert/strict';
import { condFrameAt, defineNode, deriveSeed, perBlock } from '../../../graph/index.js';
import { lfo } from '../../../nodes/conditioning/lfo.js';
import { lfoShapes, lfoValue } from '../../../nodes/dsp/lfo-shapes.js';
import { createBench, startPatch } from '../../support/graph-harness.js';

describe('lfo', () => {
  for (const shape of lfoShapes) {
    it(`${shape} can be known ahead: it is offset plus depth times the shape at its time`, async () => {
      const bench = await createBench(lfo, {
        seed: 11,
        params: { shape, rateHz: 3, depth: 0.5, offset: 0.25, phase: 0.125 },
      });
      const { out } = bench.render(48000, [128, 1, 300]).cond;
      assert.equal(out!.length, 500);
      for (const [k, value] of out!.entries()) {
        // A jump of the shape may fall on either side of a conditioning frame.
        const near = [-1e-6, 0, 1e-6].map(
          (e) => 0.25 + 0.5 * lfoValue(shape, (3 * k) / 500 + 0.125 + e, deriveSeed(11, 'node')),
        );
        assert.ok(
          Math.min(...near.map((x) => Math.abs(x - value))) < 1e-4,
          `frame ${k}: ${value} for ${near}`,
        );
      }
      await bench.dispose();
    });
  }

  it('makes the same frames however time is cut', async () => {
    const render = async (blocks: readonly number[]) => {
      const bench = await createBench(lfo, { params: { shape: 'smooth-random', rateHz: 20 } });
      const { out } = bench.render(24000, blocks).cond;
      await bench.dispose();
      return out;
    };
    const expected = await render([128]);
    assert.equal(expected!.length, condFrameAt(24000, 500, 48000));
    for (const blocks of [[1], [96], [97, 5], [512]]) assert.deepEqual(await render(blocks), expected);
  });

  it('changes pace without a jump', async () => {
    const bench = await createBench(lfo, { params: { rateHz: 2 } });
    const before = bench.render(9600).cond.out!;
    bench.set('rateHz', 5);
    const all = [...before, ...bench.render(9600).cond.out!];
    for (let i = 1; i < all.length; i++) {
      assert.ok(Math.abs(all[i]! - all[i - 1]!) <= (2 * Math.PI * 5) / 500 + 1e-6);
    }
    await bench.dispose();
  });

  it('restarts its cycle when told', async () => {
    const bench = await createBench(lfo, { params: { rateHz: 1 } });
    bench.render(12000);
    await bench.act('restart');
    const { out } = bench.render(192).cond;
    assert.equal(out![0], 0);
    assert.ok(out![1]! > 0);
    await bench.dispose();
  });

  it('foresees exactly what it will give, unless a param of its own moves', async () => {
    const seen: number[] = [];
    const foreseen: number[] = [];
    let askAt = Number.POSITIVE_INFINITY;
    const reader = defineNode({
      type: 'foreseer',
      role: 'transform',
      summary: 'Asks ahead.',
      params: {
        x: {
          type: 'float',
          label: 'X',
          unit: 'none',
          min: -9,
          max: 9,
          default: 0,
          warp: 'lin',
          smoothingMs: 0,
        },
      },
      inputs: {},
      outputs: { audio: { kind: 'audio', channels: 1 } },
      create: (ctx) =>
        perBlock(() => {
          const out = { audio: { channels: [new Float32Array(ctx.maxBlockFrames)] } };
          return ({ tick }) => {
            const end = tick.startFrame + tick.numFrames;
            // Ticks end on conditioning frames here: the last one before `end` is what `get` has.
            seen.push(ctx.params.get('x'));
            if (end === askAt) {
              for (let k = 0; k < 100; k++) foreseen.push(ctx.params.ahead('x', end + 96 * k + 95));
            }
            return out;
          };
        }),
    });
    const patch = {
      format: 'sashimi-live/patch',
      formatVersion: 1,
      title: 'foreseen',
      nodes: [
        { id: 'lfo', type: 'lfo', params: { shape: 'smooth-random', rateHz: 7, depth: 0.3, offset: 0.1 } },
        { id: 'reader', type: 'foreseer' },
      ],
      edges: [{ from: 'lfo.out', to: 'reader.x', amount: 2 }],
      output: 'reader.audio',
    };
    const run = await startPatch(patch, [lfo, reader]);
    askAt = 96 * 50;
    for (let k = 0; k < 150; k++) run.tick(96 * k, 96);
    assert.deepEqual(foreseen, seen.slice(50));
    foreseen.length = 0;
    run.setParam('lfo', 'rateHz', 3);
    askAt = 96 * 151;
    run.tick(96 * 150, 96);
    assert.ok(foreseen.every(Number.isNaN), 'not while it glides');
    foreseen.length = 0;
    seen.length = 0;
    askAt = 96 * 171;
    for (let k = 151; k < 271; k++) run.tick(96 * k, 96);
    assert.deepEqual(foreseen, seen.slice(20));
    await run.dispose();
  });
});
