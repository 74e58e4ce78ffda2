import assert from 'node:assert/strict';
import { mix } from '../../../nodes/transform/mix.js';
import { createBench } from '../../support/graph-harness.js';

describe('mix', () => {
  it('sums its inputs at their levels', async () => {
    const bench = await createBench(mix, {
      params: { level1Db: -20, level8Db: 6.0206 },
      inputs: { in1: { audio: () => 1 }, in5: { audio: () => 0.25 }, in8: { audio: () => -0.125 } },
    });
    const [x] = bench.render(100).audio.audio!;
    for (const value of x!) assert.ok(Math.abs(value - (0.1 + 0.25 - 0.25)) < 1e-6);
    await bench.dispose();
  });

  it('is as wide as its widest input; mono goes everywhere, the rest stays in its channel', async () => {
    const bench = await createBench(mix, {
      inputs: {
        in1: { audio: () => 1 },
        in2: { audio: (_frame, c) => 10 * (c + 1), channels: 2 },
        in3: { audio: (_frame, c) => 100 * (c + 1), channels: 3 },
      },
    });
    const channels = bench.render(10).audio.audio!;
    assert.deepEqual(
      channels.map((x) => x[9]),
      [111, 221, 301],
    );
    await bench.dispose();
  });

  it('is silent with nothing connected, and mono', async () => {
    const bench = await createBench(mix);
    const channels = bench.render(64).audio.audio!;
    assert.equal(channels.length, 1);
    assert.ok(channels[0]!.every((x) => x === 0));
    await bench.dispose();
  });

  it('closes a fader at the bottom of its range', async () => {
    const bench = await createBench(mix, { params: { level2Db: -60 }, inputs: { in2: { audio: () => 1 } } });
    assert.ok(bench.render(64).audio.audio![0]!.every((x) => x === 0));
    await bench.dispose();
  });
});
