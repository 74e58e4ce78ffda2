import assert from 'node:assert/strict';
import { blockRows, hopFrames } from '../../../models/conditioning/block-rows.js';
import { PlannedConditioning } from '../../../models/stream/planned-conditioning.js';
import { bytesPerCall } from '../../support/heap.js';
import { seededRandom } from '../../support/random.js';
import { TINY_CONDITIONING } from '../../support/tiny-bundle.js';

const SAMPLE_RATE = 16000;
const MAX_BLOCK = 64;

describe('planned conditioning', () => {
  const make = () => new PlannedConditioning(TINY_CONDITIONING, SAMPLE_RATE, MAX_BLOCK);

  it('gives each frame to its samples, whatever is said when', () => {
    const uniform = seededRandom(8);
    const below = (n: number) => Math.floor(uniform() * n);
    for (let round = 0; round < 8; round++) {
      const planned = make();
      const expected = TINY_CONDITIONING.map((input) => new Said(hopFrames(input, SAMPLE_RATE)));
      for (let next = 0, step = 0; step < 200; step++) {
        if (below(3) === 0) {
          const input = below(2);
          const { dim } = TINY_CONDITIONING[input]!;
          const now = Math.floor(next / expected[input]!.hop);
          const first = now + below(12) - 4;
          const frames = Float32Array.from({ length: (1 + below(6)) * dim }, () => uniform());
          planned.say(input, first, frames, frames.length / dim, next);
          expected[input]!.say(first, frames, dim);
        }
        const asked = 1 + below(MAX_BLOCK);
        const n = planned.take(next, asked);
        assert.ok(n >= 1 && n <= asked);
        for (const [input, said] of expected.entries()) assertBlock(planned, input, said, next, n);
        // Now and then long after all that was said.
        next += below(40) === 0 ? n + 50_000 : n;
      }
    }
  });

  it('drops an input until its first frame, and again after a restart', () => {
    const planned = make();
    planned.say(0, 2, new Float32Array(5), 1, 0);
    assert.equal(planned.take(0, MAX_BLOCK), 32);
    assert.deepEqual(planned.block, [undefined, undefined]);
    assert.equal(planned.take(32, MAX_BLOCK), MAX_BLOCK);
    assert.notEqual(planned.block[0], undefined);
    assert.equal(planned.block[1], undefined);
    planned.restart();
    assert.equal(planned.take(0, MAX_BLOCK), MAX_BLOCK);
    assert.equal(planned.block[0], undefined);
  });

  it('keeps two seconds ahead, takes nothing for later, and no nonsense', () => {
    const planned = make();
    const frames = Float32Array.from({ length: 3 * 2 * SAMPLE_RATE }, (_, i) => Math.floor(i / 3));
    planned.say(1, 0, frames, 2 * SAMPLE_RATE, 0);
    planned.say(1, 4 * SAMPLE_RATE, new Float32Array(3).fill(-1), 1, 0);
    planned.say(1, Number.NaN, new Float32Array(3).fill(-1), 1, 0);
    planned.say(1, 7.5, new Float32Array(3).fill(-1), 1, 0);
    planned.say(1, 7, new Float32Array(2), 1, 0);
    planned.say(2, 0, frames, 1, 0);
    for (const t of [0, 777, 2 * SAMPLE_RATE - 1, 5 * SAMPLE_RATE]) {
      planned.take(t, 1);
      assert.equal(planned.block[1]![0], Math.min(t, 2 * SAMPLE_RATE - 1));
    }
  });

  it('allocates nothing', () => {
    const planned = make();
    const frames = new Float32Array(3 * MAX_BLOCK);
    let next = 0;
    const bytes = bytesPerCall(() => {
      planned.say(0, Math.floor(next / 16) + 1, frames, 4, next);
      planned.say(1, next, frames, MAX_BLOCK, next);
      next += planned.take(next, MAX_BLOCK);
    }, 5000);
    assert.ok(bytes < 400, `${bytes} bytes per block`);
  });
});

/** What was said of one input, as the definition has it: an entry per frame. */
class Said {
  readonly rows = new Map<number, Float32Array>();

  constructor(readonly hop: number) {}

  say(first: number, frames: Float32Array, dim: number): void {
    for (const k of this.rows.keys()) if (k >= first) this.rows.delete(k);
    for (let i = 0; i < frames.length / dim; i++)
      this.rows.set(first + i, frames.subarray(i * dim, (i + 1) * dim));
  }

  at(frame: number): Float32Array | undefined {
    const before = [...this.rows.keys()].filter((k) => k <= frame);
    return before.length === 0 ? undefined : this.rows.get(Math.max(...before));
  }
}

function assertBlock(
  planned: PlannedConditioning,
  input: number,
  said: Said,
  next: number,
  numFrames: number,
): void {
  const { dim } = TINY_CONDITIONING[input]!;
  const block = planned.block[input];
  const first = Math.floor(next / said.hop);
  for (let row = 0; row < blockRows(next, numFrames, said.hop); row++) {
    const expected = said.at(first + row);
    assert.deepEqual(block?.slice(row * dim, (row + 1) * dim), expected && Float32Array.from(expected));
  }
}
