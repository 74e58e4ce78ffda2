import assert from 'node:assert/strict';
import { type AudioBlock, defineNode, type ParamSetting, perBlock } from '../../../graph/index.js';
import { classes } from '../../../nodes/conditioning/classes.js';
import { lfo } from '../../../nodes/conditioning/lfo.js';
import { createBench, startPatch } from '../../support/graph-harness.js';

const DIM = 16;
const rowsOf = (cond: readonly number[]): number[][] =>
  Array.from({ length: cond.length / DIM }, (_, j) => cond.slice(j * DIM, (j + 1) * DIM));

describe('classes', () => {
  it('begins with what it is set to, the first class alone unless told', async () => {
    const bench = await createBench(classes);
    const rows = rowsOf(bench.render(4800).cond.weights!);
    assert.equal(rows.length, 25);
    const want = Array.from({ length: DIM }, (_, i) => (i === 0 ? 1 : 0));
    for (const row of rows) assert.deepEqual(row, want);
    await bench.dispose();
  });

  it('what is set at a stroke moves over 60 ms, in a straight line', async () => {
    const bench = await createBench(classes);
    bench.render(1920);
    bench.set('weight1', 0);
    bench.set('weight3', 0.4);
    const rows = rowsOf(bench.render(9600).cond.weights!);
    for (let j = 0; j < 20; j++) {
      assert.ok(Math.abs(rows[j]![0]! - Math.max(0, 1 - (j + 1) / 15)) < 1e-5);
      assert.ok(Math.abs(rows[j]![2]! - Math.min(0.4, (j + 1) / 15)) < 1e-5);
    }
    await bench.dispose();
  });

  /** Plays a slow wave on weight 2; hears what comes, and what was known of it beforehand. */
  async function play(blocks: readonly number[], move?: ParamSetting) {
    const heard: number[] = [];
    const foretold = new Map<number, number>();
    let unknown = 0;
    const row = new Float32Array(DIM);
    const reader = defineNode({
      type: 'test-reader',
      role: 'transform',
      summary: 'Reads rows as they come and as they are foreseen.',
      params: {},
      inputs: { rows: { kind: 'cond', dim: DIM, rateHz: 250 } },
      outputs: { audio: { kind: 'audio', channels: 1 } },
      create: (ctx) =>
        perBlock(() => {
          const audio: AudioBlock = { channels: [new Float32Array(ctx.maxBlockFrames)] };
          return ({ tick, in: { rows } }) => {
            for (let j = 0; j < rows.numFrames; j++) heard.push(rows.data[j * DIM + 1]!);
            for (let ahead = 0; ahead < 4800; ahead += 192) {
              const frame = tick.startFrame + tick.numFrames + ahead;
              if (ctx.inputAhead('rows', frame, row)) foretold.set(Math.floor(frame / 192), row[1]!);
              else unknown++;
            }
            return { audio };
          };
        }),
    });
    const patch = {
      format: 'sashimi-live/patch',
      formatVersion: 1,
      title: 'rows',
      nodes: [
        { id: 'wave', type: 'lfo', params: { rateHz: 3 } },
        { id: 'mix', type: 'classes', params: { weight2: 0.5 } },
        { id: 'reader', type: 'test-reader' },
      ],
      edges: [
        { from: 'wave.out', to: 'mix.weight2', amount: 0.4 },
        { from: 'mix.weights', to: 'reader.rows' },
      ],
      output: 'reader.audio',
    };
    const run = await startPatch(patch, [classes, lfo, reader]);
    for (let frame = 0, turn = 0; frame < 24_000; turn++) {
      const stop = frame < 9984 ? 9984 : 24_000;
      const numFrames = Math.min(blocks[turn % blocks.length]!, stop - frame);
      if (frame === 9984 && move !== undefined) run.setParam('mix', 'weight2', move);
      run.tick(frame, numFrames);
      frame += numFrames;
    }
    await run.dispose();
    return { heard, foretold, unknown };
  }

  it('makes the same rows however time is cut, and moves with what modulates it', async () => {
    const { heard } = await play([128], 0.3);
    assert.ok(Math.max(...heard) > 0.85 && Math.min(...heard) < 0.15);
    for (const blocks of [[512], [33, 256, 1]]) assert.deepEqual((await play(blocks, 0.3)).heard, heard);
  });

  it('is known ahead, and comes as it was foretold', async () => {
    const { heard, foretold, unknown } = await play([128]);
    assert.equal(unknown, 0);
    let compared = 0;
    for (const [index, value] of foretold) {
      if (index >= heard.length) continue;
      assert.equal(value, heard[index]);
      compared++;
    }
    assert.ok(compared > 100);
  });
});
