import assert from 'node:assert/strict';
import { cholesky, solveCholesky } from '../../../models/quantise/cholesky.js';
import { roundNearest } from '../../../models/quantise/round-nearest.js';
import { RowRounder } from '../../../models/quantise/row-rounder.js';
import { assertModelError } from '../../support/model-errors.js';
import { gaussian, seededRandom } from '../../support/random.js';

const size = 40;

/** Of inputs that have much in common, as those inside a model do. */
function covarianceOf(seed: number): Float64Array {
  const normal = gaussian(seededRandom(seed));
  const mixed = Array.from({ length: size }, () => Float64Array.from({ length: size + 4 }, normal));
  const shared = Float64Array.from({ length: size + 4 }, normal);
  for (const row of mixed) for (let k = 0; k < row.length; k++) row[k] = row[k]! + 3 * shared[k]!;
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      matrix[i * size + j] = mixed[i]!.reduce((sum, value, k) => sum + value * mixed[j]![k]!, 0) / size;
    }
  }
  return matrix;
}

function errorOf(covariance: Float64Array, w: ArrayLike<number>, q: ArrayLike<number>): number {
  let error = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) error += (w[i]! - q[i]!) * covariance[i * size + j]! * (w[j]! - q[j]!);
  }
  return error;
}

describe('the row rounder', () => {
  it('solves with its factors', () => {
    const covariance = covarianceOf(1);
    const x = Float64Array.from({ length: size }, (_, i) => i - 7);
    const b = Float64Array.from({ length: size }, (_, i) =>
      x.reduce((sum, value, j) => sum + covariance[i * size + j]! * value, 0),
    );
    const b2 = Float64Array.from(b);
    solveCholesky(cholesky(covariance, size), b);
    new RowRounder(covariance, size, 'int4').solve(b2);
    for (let i = 0; i < size; i++) {
      assert.ok(Math.abs(b[i]! - x[i]!) < 1e-8);
      assert.ok(Math.abs(b2[i]! - x[i]!) < 1e-8);
    }
  });

  it('tells a matrix that is no covariance', () =>
    assertModelError(() => cholesky(Float64Array.of(1, 2, 2, 1), 2), 'MODEL_ARGUMENT', /positive definite/));

  for (const format of ['int8', 'int4'] as const) {
    it(`loses less than half of what rounding to the nearest loses, in ${format}`, () => {
      const normal = gaussian(seededRandom(2));
      let nearest = 0;
      let calibrated = 0;
      for (let trial = 0; trial < 10; trial++) {
        const covariance = covarianceOf(trial);
        const w = Float64Array.from({ length: size }, normal);
        const plain = roundNearest({ shape: [1, size], data: Float32Array.from(w) }, format);
        const codes = new Int8Array(size);
        const groupSize = format === 'int8' ? size : 32;
        const scales = new Float32Array(Math.ceil(size / groupSize));
        new RowRounder(covariance, size, format).round(w, codes, scales);
        const [min, max] = format === 'int8' ? [-127, 127] : [-8, 7];
        assert.ok(codes.every((code) => code >= min && code <= max));
        const q = Float64Array.from(codes, (code, i) => code * scales[Math.floor(i / groupSize)]!);
        nearest += errorOf(covariance, w, plain.data);
        calibrated += errorOf(covariance, w, q);
      }
      assert.ok(calibrated < 0.5 * nearest, `${calibrated} of ${nearest}`);
    });
  }

  it('keeps a group of zeros at zero, with a scale', () => {
    const codes = new Int8Array(size);
    const scales = new Float32Array(2);
    const w = Float64Array.from({ length: size }, (_, i) => (i < 32 ? 0.1 * i : 0));
    const independent = Float64Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
    new RowRounder(independent, size, 'int4').round(w, codes, scales);
    assert.ok(codes.subarray(32).every((code) => code === 0));
    assert.ok(scales.every((scale) => scale > 0));
  });
});
