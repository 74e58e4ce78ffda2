import assert from 'node:assert/strict';
import { pan } from '../../../nodes/transform/pan.js';
import { createBench, type Feed } from '../../support/graph-harness.js';

async function placed(position: number, feed: Feed): Promise<readonly [number, number]> {
  const bench = await createBench(pan, { params: { position }, inputs: { audio: feed } });
  const [left, right] = bench.render(64).audio.audio!;
  await bench.dispose();
  return [left![63]!, right![63]!];
}

function assertNear(actual: readonly number[], expected: readonly number[]): void {
  for (const [i, value] of expected.entries()) assert.ok(Math.abs(actual[i]! - value) < 1e-6, `${actual}`);
}

describe('pan', () => {
  it('places a mono sound at constant power', async () => {
    const mono = { audio: () => 1 };
    assertNear(await placed(0, mono), [Math.SQRT1_2, Math.SQRT1_2]);
    assertNear(await placed(-1, mono), [1, 0]);
    assertNear(await placed(1, mono), [0, 1]);
    const [left, right] = await placed(0.37, mono);
    assert.ok(right > left && Math.abs(left ** 2 + right ** 2 - 1) < 1e-6);
  });

  it('leaves a stereo sound in the middle as it is, and leans it to one side', async () => {
    const stereo = { audio: (_frame: number, c: number) => (c === 0 ? 1 : 10), channels: 2 };
    assertNear(await placed(0, stereo), [1, 10]);
    assertNear(await placed(1, stereo), [0, 11]);
    assertNear(await placed(-1, stereo), [11, 0]);
    assertNear(await placed(0.5, stereo), [Math.SQRT1_2, 10 + Math.SQRT1_2]);
  });

  it('moves without a step', async () => {
    const bench = await createBench(pan, { inputs: { audio: { audio: () => 1 } } });
    bench.render(64);
    bench.set('position', 1);
    const [left] = bench.render(1200, [128]).audio.audio!;
    for (let i = 1; i < 1200; i++) assert.ok(Math.abs(left![i]! - left![i - 1]!) < 0.001);
    assert.ok(Math.abs(left![1199]!) < 1e-6);
    await bench.dispose();
  });
});
