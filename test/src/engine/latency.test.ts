import assert from 'node:assert/strict';
import { compilePatch, parsePatch } from '../../../graph/index.js';
import { latencyBudget, slowestConditioningMs } from '../../../src/engine/latency.js';
import { fakeParts, patchOf } from './fake-parts.js';

/**
 * sample rate, block, model ms (its look-ahead, or with rollback a tick of its own frames), conditioning ms, graph frames, sink frames: best, median, worst ms.
 * Every number is written out; none comes from the code under test.
 */
const table: readonly (readonly number[])[] = [
  // The default of the budget: 1 + (0..5.33) + 8 + 2 + 10.67.
  [48_000, 256, 8, 0, 96, 512, 21.667, 24.333, 27],
  // The same at half the block, its sink two smaller blocks.
  [48_000, 128, 8, 0, 96, 256, 16.333, 17.667, 19],
  // The shortest look-ahead of the budget, conditioning at 250 Hz.
  [48_000, 128, 2, 4, 96, 288, 11, 14.333, 17.667],
  // The slowest that the budget allows: block 256, conditioning, 12 ms of sink.
  [48_000, 256, 8, 4, 96, 576, 23, 27.667, 32.333],
  [44_100, 256, 8, 0, 88, 512, 22.605, 25.508, 28.41],
  // A look-ahead of 64 ms, rolled back in time: the model takes a tick, however far it runs ahead.
  [48_000, 256, 5.333, 0, 96, 512, 19, 21.667, 24.333],
  // Rolled back late, by one tick more.
  [48_000, 128, 5.333, 4, 96, 256, 13.667, 17, 20.333],
  // As bench latency has it without rollback, a null sink behind it: 1 + (0..2.67) + 16 + 2.5.
  [48_000, 128, 16, 0, 120, 0, 19.5, 20.833, 22.167],
  // No model, no sink: offline in name only.
  [48_000, 64, 0, 0, 0, 0, 1, 1.667, 2.333],
];

describe('latencyBudget', () => {
  for (const [
    sampleRate,
    blockFrames,
    modelControlMs,
    conditioningMs,
    graph,
    sink,
    min,
    median,
    max,
  ] of table) {
    it(`${sampleRate} Hz, block ${blockFrames}, model ${modelControlMs} ms: ${max} ms at the worst`, () => {
      const sum = latencyBudget({
        sampleRate: sampleRate!,
        blockFrames: blockFrames!,
        modelControlMs: modelControlMs!,
        conditioningMs: conditioningMs!,
        graphLatencyFrames: graph!,
        sinkLatencyFrames: sink!,
      });
      assert.ok(Math.abs(sum.minMs - min!) < 0.001, `${sum.minMs}`);
      assert.ok(Math.abs(sum.medianMs - median!) < 0.001, `${sum.medianMs}`);
      assert.ok(Math.abs(sum.maxMs - max!) < 0.001, `${sum.maxMs}`);
    });
  }

  it('names its parts in the order of the way', () => {
    const { parts } = latencyBudget({
      sampleRate: 48_000,
      blockFrames: 240,
      modelControlMs: 8,
      conditioningMs: 4,
      graphLatencyFrames: 48,
      sinkLatencyFrames: 480,
    });
    assert.deepEqual(parts, [
      { name: 'osc', minMs: 1, maxMs: 1 },
      { name: 'conditioning', minMs: 0, maxMs: 4 },
      { name: 'tick', minMs: 0, maxMs: 5 },
      { name: 'model', minMs: 8, maxMs: 8 },
      { name: 'graph', minMs: 1, maxMs: 1 },
      { name: 'sink', minMs: 10, maxMs: 10 },
    ]);
  });
});

describe('slowestConditioningMs', () => {
  const options = { sampleRate: 48_000, maxBlockFrames: 256, mode: 'live', seed: 1 } as const;

  it('is 0 for a patch without conditioning', () => {
    assert.equal(slowestConditioningMs(compilePatch(patchOf('steady'), fakeParts().registry, options)), 0);
  });

  it('is the period of the port that modulates', () => {
    const { registry } = fakeParts();
    const patch = parsePatch({
      format: 'sashimi-live/patch',
      formatVersion: 1,
      title: 'modulated',
      nodes: [
        { id: 'swell', type: 'lfo' },
        { id: 'source', type: 'steady' },
      ],
      edges: [{ from: 'swell.out', to: 'source.value' }],
      output: 'source.audio',
    });
    const { rateHz } = registry.get('lfo')!.outputs.out as { rateHz: number };
    assert.equal(slowestConditioningMs(compilePatch(patch, registry, options)), 1000 / rateHz);
  });
});
