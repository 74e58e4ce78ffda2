import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readSafetensors, type Sampling, TokenDraw, toFloat32, toFloat64 } from '../../../models/index.js';
import { gaussian, seededRandom } from '../../support/random.js';
import { goldens } from '../../support/shared-data.js';

const LEVELS = 256;

describe('token draw', () => {
  for (const [temperature, topP] of [
    ['1.0', '1.0'],
    ['0.8', '1.0'],
    ['1.0', '0.9'],
    ['0.9', '0.75'],
  ] as const) {
    it(`has the official distribution at temperature ${temperature}, top-p ${topP}`, async function () {
      const { tensors } = await readSafetensors(join(goldens(this, 'tiny'), 'io.safetensors'));
      const logits = toFloat32(tensors.get('logits_conv')!);
      const expected = toFloat32(tensors.get(`probs_tau${temperature}_topp${topP}`)!);
      const received = new Float64Array(LEVELS);
      const draw = new TokenDraw(LEVELS);
      for (const [i, row] of toFloat64(tensors.get('probs_rows')!).entries()) {
        const sampling = { temperature: Number(temperature), topP: Number(topP), topK: 0 };
        draw.probabilities(logits.subarray(row * LEVELS, (row + 1) * LEVELS), sampling, received);
        for (let id = 0; id < LEVELS; id++) {
          const p = expected[i * LEVELS + id]!;
          assert.equal(received[id] === 0, p === 0, `row ${row}, id ${id}: kept or cut`);
          // The official softmax is float32.
          assert.ok(Math.abs(received[id]! - p) < 1e-6, `row ${row}, id ${id}`);
        }
      }
    });
  }

  it('agrees with a plain restatement of its words, over random logits and samplings', () => {
    const uniform = seededRandom(9);
    const normal = gaussian(uniform);
    const draw = new TokenDraw(LEVELS);
    for (let trial = 0; trial < 500; trial++) {
      // Rounded logits tie often.
      const logits = Float32Array.from(
        { length: LEVELS },
        () => Math.round(4 * normal()) / (1 + (trial % 3)),
      );
      const sampling: Sampling = {
        temperature: [0, 0.3, 1, 2.5][trial % 4]!,
        topP: [1, 0.95, 0.5, 1e-9][Math.floor(uniform() * 4)]!,
        topK: [0, 1, 5, 300][Math.floor(uniform() * 4)]!,
      };
      const u = uniform();
      assert.equal(
        draw.draw(logits, sampling, u),
        restated(logits, sampling, u),
        JSON.stringify({ trial, sampling, u }),
      );
    }
  });

  it('takes the lowest id of the largest logits when greedy', () => {
    const draw = new TokenDraw(4);
    assert.equal(draw.draw(Float32Array.of(1, 3, 3, 2), { temperature: 0, topP: 0.1, topK: 2 }, 0.999), 1);
  });

  it('keeps the token that crosses the bound, and drops the next', () => {
    const draw = new TokenDraw(4);
    const logits = Float32Array.from([0.5, 0.3, 0.15, 0.05].map(Math.log));
    const p = new Float64Array(4);
    draw.probabilities(logits, { temperature: 1, topP: 0.7, topK: 0 }, p);
    assert.deepEqual(
      [...p].map((value) => Math.round(value * 1000)),
      [625, 375, 0, 0],
    );
  });

  it('applies top-k before top-p: the nucleus is of what top-k leaves', () => {
    const draw = new TokenDraw(4);
    const logits = Float32Array.from([0.4, 0.3, 0.2, 0.1].map(Math.log));
    const p = new Float64Array(4);
    // Of two tokens, 0.57 and 0.43: the first alone crosses 0.5. Of all four it would take two.
    draw.probabilities(logits, { temperature: 1, topP: 0.5, topK: 2 }, p);
    assert.deepEqual([...p], [1, 0, 0, 0]);
  });

  it('stays inside the alphabet at the ends of the uniform range', () => {
    const draw = new TokenDraw(LEVELS);
    const logits = new Float32Array(LEVELS);
    const sampling = { temperature: 1, topP: 1, topK: 0 };
    assert.equal(draw.draw(logits, sampling, 0.5 / 2 ** 32), 0);
    assert.equal(draw.draw(logits, sampling, 1 - 0.5 / 2 ** 32), LEVELS - 1);
  });

  it('draws with the frequencies of the distribution', () => {
    const draw = new TokenDraw(3);
    const logits = Float32Array.from([0.5, 0.3, 0.2].map(Math.log));
    const uniform = seededRandom(2);
    const counts = [0, 0, 0];
    for (let i = 0; i < 30_000; i++)
      counts[draw.draw(logits, { temperature: 1, topP: 1, topK: 0 }, uniform())]! += 1;
    for (const [id, p] of [0.5, 0.3, 0.2].entries()) assert.ok(Math.abs(counts[id]! / 30_000 - p) < 0.015);
  });
});

/** The algorithm as written in draw.ts, with sorted arrays. */
function restated(logits: Float32Array, { temperature, topP, topK }: Sampling, u: number): number {
  const ranks = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]! || a - b);
  if (temperature === 0) return ranks[0]!;
  const max = logits[ranks[0]!]!;
  const sum = (ids: number[], weight: (id: number) => number) =>
    ids.reduce((total, id) => total + weight(id), 0);
  let kept = topK > 0 ? ranks.slice(0, topK) : ranks;
  if (topP < 1) {
    const e = (id: number) => Math.exp(logits[id]! - max);
    const bound =
      topP *
      sum(
        kept.toSorted((a, b) => a - b),
        e,
      );
    kept = kept.filter((_, rank) => sum(kept.slice(0, rank), e) <= bound);
  }
  const ids = kept.toSorted((a, b) => a - b);
  const w = (id: number) => Math.exp((logits[id]! - max) / temperature);
  const target = u * sum(ids, w);
  let cumulative = 0;
  for (const id of ids) {
    cumulative += w(id);
    if (cumulative > target) return id;
  }
  return ids.at(-1)!;
}
