import assert from 'node:assert/strict';
import type { Tensor } from '../../../models/index.js';
import { addGated, geluInPlace, LayerNorm, Linear, ScalarNorm } from '../../../models/sashimi/layers.js';
import { seededRandom } from '../../support/random.js';

describe('layers', () => {
  for (const [outputs, inputs] of [
    [8, 5],
    [7, 4],
    [3, 9],
    [1, 1],
  ] as const) {
    it(`multiplies by a (${outputs}, ${inputs}) matrix`, () => {
      const uniform = seededRandom(outputs);
      const weight = tensor([outputs, inputs], () => uniform() - 0.5);
      const bias = tensor([outputs], () => uniform());
      const x = Float64Array.from({ length: inputs }, () => uniform());
      const y = new Float64Array(outputs);
      new Linear(weight, bias).apply(x, y);
      for (let row = 0; row < outputs; row++) {
        let expected = bias.data[row]!;
        for (let i = 0; i < inputs; i++) expected += weight.data[row * inputs + i]! * x[i]!;
        assert.ok(Math.abs(y[row]! - expected) < 1e-15);
      }
    });
  }

  it('normalises to zero mean and unit variance, then weight and bias', () => {
    const x = Float64Array.of(1, 2, 3, 6);
    const y = new Float64Array(4);
    new LayerNorm(
      tensor([4], () => 2),
      tensor([4], () => 1),
    ).apply(x, y);
    // Mean 3, biased variance 3.5.
    const expected = [-2, -1, 0, 3].map((d) => (2 * d) / Math.sqrt(3.5 + 1e-5) + 1);
    for (let i = 0; i < 4; i++) assert.ok(Math.abs(y[i]! - expected[i]!) < 1e-14);
  });

  it('normalises by one scale and one offset, without epsilon', () => {
    const y = Float64Array.of(1, 2, 3, 6);
    new ScalarNorm(
      4,
      tensor([1], () => 0.5),
      tensor([1], () => 2),
    ).apply(y, y);
    const expected = [-2, -1, 0, 3].map((d) => (2 / Math.sqrt(3.5)) * (d + 0.5));
    for (let i = 0; i < 4; i++) assert.ok(Math.abs(y[i]! - expected[i]!) < 1e-14);
  });

  it('has the GELU of the error function, not of tanh', () => {
    const x = Float64Array.of(-1, 0, 1, 99);
    geluInPlace(x, 3);
    assert.ok(Math.abs(x[0]! - -0.15865525393145707) < 1e-15);
    assert.equal(x[1], 0);
    assert.ok(Math.abs(x[2]! - 0.8413447460685429) < 1e-15);
    assert.equal(x[3], 99, 'beyond the length nothing is touched');
  });

  it('gates values by the second half', () => {
    const stream = Float64Array.of(1, 1);
    addGated(stream, Float64Array.of(2, 4, 0, Math.log(3)), 2);
    assert.equal(stream[0], 2);
    assert.ok(Math.abs(stream[1]! - 4) < 1e-15);
  });
});

function tensor(shape: number[], value: () => number): Tensor {
  return { shape, data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, value) };
}
