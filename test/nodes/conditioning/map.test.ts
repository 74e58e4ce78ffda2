import assert from 'node:assert/strict';
import { map } from '../../../nodes/conditioning/map.js';
import { createBench } from '../../support/graph-harness.js';

async function mapped(
  cond: (index: number) => number,
  params: Readonly<Record<string, number>>,
): Promise<number[]> {
  const bench = await createBench(map, { inputs: { in: { cond } }, params });
  const rendered = bench.render(48_000 / 10);
  await bench.dispose();
  return rendered.cond.out!;
}

describe('map', () => {
  it('goes from range to range and stays in it', async () => {
    const range = { inMin: -60, inMax: -20, outMin: 0.5, outMax: 1.5, smoothMs: 0 };
    const out = await mapped((k) => -80 + 2 * k, range);
    assert.equal(out[0], 0.5);
    assert.ok(Math.abs(out[20]! - 1) < 1e-6);
    assert.equal(out[40], 1.5);
  });

  it('turns round, bends, and switches where the range has no width', async () => {
    const turned = await mapped(() => 0.25, { inMin: 1, inMax: 0, smoothMs: 0 });
    assert.ok(Math.abs(turned[0]! - 0.75) < 1e-6);
    const bent = await mapped(() => 0.5, { curve: 2, smoothMs: 0 });
    assert.ok(Math.abs(bent[0]! - 0.25) < 1e-6);
    const switched = await mapped((k) => k, { inMin: 10, inMax: 10, smoothMs: 0 });
    assert.deepEqual([switched[9], switched[10]], [0, 1]);
  });

  it('smooths, beginning where it is', async () => {
    const out = await mapped((k) => (k < 10 ? 0 : 1), { smoothMs: 20 });
    assert.equal(out[9], 0);
    assert.ok(Math.abs(out[19]! - (1 - Math.exp(-1))) < 0.01);
    assert.equal((await mapped(() => 1, { smoothMs: 1000 }))[0], 1);
  });
});
