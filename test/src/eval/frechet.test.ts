import assert from 'node:assert/strict';
import { fitGaussian, frechetDistance, type Gaussian, symmetricEigen } from '../../../src/eval/frechet.js';
import { gaussian, seededRandom } from '../../support/random.js';

const near = (actual: number, expected: number, tolerance = 1e-9): void =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, expected ${expected}`);

const diagonal = (mean: readonly number[], variances: readonly number[]): Gaussian => ({
  mean: Float64Array.from(mean),
  covariance: Float64Array.from(variances.flatMap((v, i) => variances.map((_, j) => (i === j ? v : 0)))),
});

/** `count` vectors that are `mixing` times independent normal ones. */
function randomRows(count: number, mixing: readonly (readonly number[])[], seed: number): number[][] {
  const normal = gaussian(seededRandom(seed));
  return Array.from({ length: count }, () => {
    const x = mixing[0]!.map(() => normal());
    return mixing.map((row) => row.reduce((sum, a, k) => sum + a * x[k]!, 0));
  });
}

/** A rotation of the first two of `dim` axes after the other by one angle each. */
function rotated({ mean, covariance }: Gaussian, angle: number): Gaussian {
  const dim = mean.length;
  const turn = Array.from({ length: dim }, (_, i) => Array.from({ length: dim }, (_, j) => Number(i === j)));
  for (let p = 0; p + 1 < dim; p++) {
    for (let k = 0; k < dim; k++) {
      const [u, v] = [turn[p]![k]!, turn[p + 1]![k]!];
      turn[p]![k] = Math.cos(angle) * u - Math.sin(angle) * v;
      turn[p + 1]![k] = Math.sin(angle) * u + Math.cos(angle) * v;
    }
  }
  const at = (i: number, j: number): number =>
    turn[i]!.reduce(
      (sum, a, k) => sum + turn[j]!.reduce((s, b, l) => s + a * b * covariance[k * dim + l]!, 0),
      0,
    );
  return {
    mean: Float64Array.from(turn, (row) => row.reduce((sum, a, k) => sum + a * mean[k]!, 0)),
    covariance: Float64Array.from({ length: dim * dim }, (_, i) => at(Math.floor(i / dim), i % dim)),
  };
}

describe('the Frechet distance', () => {
  it('fits means and unbiased covariances', () => {
    const { mean, covariance } = fitGaussian([
      [1, 2],
      [3, 2],
      [5, 8],
    ]);
    assert.deepEqual([...mean], [3, 4]);
    for (const [i, expected] of [4, 6, 6, 12].entries()) near(covariance[i]!, expected);
  });

  it('is what the closed forms say: moved, stretched, both', () => {
    const a = diagonal([0, 0, 0], [1, 4, 9]);
    near(frechetDistance(a, a), 0);
    near(frechetDistance(a, diagonal([1, -2, 2], [1, 4, 9])), 9);
    // Of variances that commute: the sum of squared differences of deviations.
    near(frechetDistance(a, diagonal([0, 0, 0], [4, 4, 1])), 1 + 0 + 4);
    near(frechetDistance(diagonal([3], [2]), diagonal([5], [8])), 4 + 2);
  });

  it('does not depend on the axes, and is the same both ways', () => {
    const [a, b] = [diagonal([1, 0, 2, 0], [1, 2, 3, 4]), diagonal([0, 1, 0, 0], [4, 0.5, 3, 9])];
    const expected = frechetDistance(a, b);
    near(frechetDistance(rotated(a, 0.7), rotated(b, 0.7)), expected, 1e-8);
    const turned = rotated(b, 0.4);
    near(frechetDistance(a, turned), frechetDistance(turned, a), 1e-8);
  });

  it('of two general covariances agrees with the root of their product in two dimensions', () => {
    const mixings = [
      [
        [1, 0.5],
        [0, 2],
      ],
      [
        [0.3, -1],
        [1.5, 0.2],
      ],
    ];
    const [a, b] = mixings.map((mixing, i) => fitGaussian(randomRows(500, mixing, i + 1))) as [
      Gaussian,
      Gaussian,
    ];
    const [p, q] = [a.covariance, b.covariance];
    // Of a 2 by 2 matrix M the trace of its root is sqrt(tr M + 2 sqrt(det M)).
    const traceOfProduct = p[0]! * q[0]! + 2 * p[1]! * q[1]! + p[3]! * q[3]!;
    const determinant = (p[0]! * p[3]! - p[1]! ** 2) * (q[0]! * q[3]! - q[1]! ** 2);
    const gap = (a.mean[0]! - b.mean[0]!) ** 2 + (a.mean[1]! - b.mean[1]!) ** 2;
    const traces = p[0]! + p[3]! + q[0]! + q[3]!;
    near(
      frechetDistance(a, b),
      gap + traces - 2 * Math.sqrt(traceOfProduct + 2 * Math.sqrt(determinant)),
      1e-9,
    );
  });

  it('is exact for covariances without full rank', () => {
    near(frechetDistance(diagonal([0, 0], [1, 0]), diagonal([0, 0], [0, 4])), 1 + 4);
    near(frechetDistance(diagonal([0, 0, 0], [4, 0, 0]), diagonal([0, 0, 0], [9, 1, 0])), 1 + 1);
    const few = fitGaussian(
      randomRows(
        3,
        [
          [1, 0, 0, 0],
          [1, 1, 0, 0],
          [0, 1, 2, 0],
          [1, 1, 1, 1],
        ],
        5,
      ),
    );
    near(frechetDistance(few, few), 0, 1e-6);
    assert.ok(Number.isFinite(frechetDistance(few, rotated(few, 1))));
  });

  it('finds the eigenvectors of a symmetric matrix', () => {
    const { covariance } = fitGaussian(
      randomRows(
        40,
        [
          [2, 1, 0, 0],
          [0, 1, 1, 0],
          [1, 0, 3, 1],
          [0, 0, 1, 1],
        ],
        9,
      ),
    );
    const { values, vectors } = symmetricEigen(covariance, 4);
    for (let k = 0; k < 4; k++) {
      for (let i = 0; i < 4; i++) {
        let product = 0;
        for (let j = 0; j < 4; j++) product += covariance[i * 4 + j]! * vectors[j * 4 + k]!;
        near(product, values[k]! * vectors[i * 4 + k]!, 1e-10);
      }
    }
  });
});
