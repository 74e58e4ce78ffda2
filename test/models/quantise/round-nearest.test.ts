import assert from 'node:assert/strict';
import { codesOf } from '../../../models/bundle/quantised.js';
import type { Tensor } from '../../../models/index.js';
import { roundNearest } from '../../../models/quantise/round-nearest.js';
import { gaussian, seededRandom } from '../../support/random.js';

function randomMatrix(outputs: number, inputs: number): Tensor {
  const normal = gaussian(seededRandom(5));
  return { shape: [outputs, inputs], data: Float32Array.from({ length: outputs * inputs }, normal) };
}

describe('rounding to the nearest', () => {
  for (const [format, groupSize, largest] of [
    ['int8', 70, 127],
    ['int4', 32, 7],
  ] as const) {
    it(`misses by half a scale at most in ${format}, and reaches the largest code in every group`, () => {
      const matrix = randomMatrix(6, 70);
      const tensor = roundNearest(matrix, format);
      const { scales } = tensor.quantised!;
      const codes = codesOf('t', tensor, tensor.quantised!);
      const groups = Math.ceil(70 / groupSize);
      assert.equal(scales.length, 6 * groups);
      const reached = new Set<number>();
      for (const [i, value] of matrix.data.entries()) {
        const group = Math.floor(i / 70) * groups + Math.floor((i % 70) / groupSize);
        assert.ok(Math.abs(tensor.data[i]! - value) <= 0.5001 * scales[group]!);
        if (Math.abs(codes[i]!) === largest) reached.add(group);
      }
      assert.equal(reached.size, scales.length);
    });

    it(`gives zeros a scale that can be divided by in ${format}`, () => {
      const tensor = roundNearest({ shape: [2, 3], data: Float32Array.of(0, -0, 0, 0, 1e-45, 0) }, format);
      assert.ok(tensor.quantised!.scales.every((scale) => scale > 0));
      assert.deepEqual(codesOf('t', tensor, tensor.quantised!)[0], 0);
    });
  }

  it('of bfloat16 misses by 2^-8 of a value at most, and is done after once', () => {
    const matrix = randomMatrix(6, 70);
    const tensor = roundNearest(matrix, 'bf16');
    for (const [i, value] of matrix.data.entries()) {
      assert.ok(Math.abs(tensor.data[i]! - value) <= Math.abs(value) * 2 ** -8);
    }
    assert.deepEqual(roundNearest(tensor, 'bf16'), tensor);
  });
});
