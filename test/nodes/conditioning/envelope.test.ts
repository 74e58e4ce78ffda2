import assert from 'node:assert/strict';
import { envelope } from '../../../nodes/conditioning/envelope.js';
import { createBench } from '../../support/graph-harness.js';

const RATE = 48_000;

async function follow(
  audio: (frame: number, channel: number) => number,
  params: Readonly<Record<string, string | number>>,
  seconds = 1,
): Promise<number[]> {
  const bench = await createBench(envelope, { inputs: { audio: { audio, channels: 2 } }, params });
  const { cond } = bench.render(seconds * RATE);
  await bench.dispose();
  return cond.out!;
}

describe('envelope', () => {
  it('rises with the attack and falls with the release', async () => {
    const step = (frame: number): number => (frame < RATE / 2 ? 1 : 0);
    const out = await follow(step, { attackMs: 20, releaseMs: 100 });
    assert.equal(out.length, 500);
    // Two milliseconds apart: after one time constant 63 % of the way is done.
    assert.ok(Math.abs(out[10]! - (1 - Math.exp(-1))) < 0.01);
    assert.ok(Math.abs(out[249]! - 1) < 1e-6);
    assert.ok(Math.abs(out[300]! - Math.exp(-1)) < 0.01);
  });

  it('takes the loudest channel, and the size of what swings', async () => {
    const out = await follow((_, c) => (c === 1 ? -0.5 : 0.2), { attackMs: 1, releaseMs: 10 }, 0.1);
    assert.ok(Math.abs(out.at(-1)! - 0.5) < 1e-6);
  });

  it('measures power, and speaks in dB', async () => {
    const sine = (frame: number): number => Math.sin((2 * Math.PI * 1000 * frame) / RATE);
    const rms = await follow(sine, { measure: 'rms', attackMs: 50, releaseMs: 50 });
    assert.ok(Math.abs(rms.at(-1)! - Math.SQRT1_2) < 0.02);
    const db = await follow(sine, { measure: 'rms', attackMs: 50, releaseMs: 50, scale: 'db' });
    assert.ok(Math.abs(db.at(-1)! + 3.01) < 0.3);
    assert.equal((await follow(() => 0, { scale: 'db' }, 0.1)).at(-1), -80);
  });
});
