import assert from 'node:assert/strict';
import { constant } from '../../../nodes/conditioning/constant.js';
import { createBench } from '../../support/graph-harness.js';

describe('constant', () => {
  it('gives its value 500 times a second', async () => {
    const bench = await createBench(constant, { params: { value: 0.75 } });
    const { out } = bench.render(48000, [128, 7, 512]).cond;
    assert.deepEqual(out, new Array(500).fill(0.75));
    await bench.dispose();
  });

  it('glides to a new value', async () => {
    const bench = await createBench(constant);
    bench.set('value', 10);
    const { out } = bench.render(1920, [96]).cond;
    for (let i = 1; i < out!.length; i++)
      assert.ok(out![i]! >= out![i - 1]! && out![i]! - out![i - 1]! < 1.5);
    assert.equal(out!.at(-1), 10);
    await bench.dispose();
  });
});
