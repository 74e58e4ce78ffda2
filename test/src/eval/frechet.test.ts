import assert from 'node:assert/strict';
import { fitGaussian, frechetDistance, type Gaussian } from '../../../src/eval/frechet.js';
import { symmetricEigen } from '../../../src/eval/symmetric-eigen.js';
import { seededRandom } from '../../support/random.js';

function gaussian(mean: readonly number[], covariance: readonly (readonly number[])[]): Gaussian {
  return {
    dim: mean.length,
    mean: Float64Array.from(mean),
    covariance: Float64Array.from(covariance.flat()),
  };
}

function assertNear(actual: number, expected: number, tolerance = 1e-10): void {
  const scale = Math.max(1, Math.abs(expected));
  assert.ok(Math.abs(actual - expected) <= tolerance * scale, `${actual} is not ${expected}`);
}

describe('the Frechet distance of two Gaussians', () => {
  it('is that of their means when the covariances are equal', () => {
    const spread = [
      [2, 0.5],
      [0.5, 1],
    ];
    assertNear(frechetDistance(gaussian([0, 0], spread), gaussian([3, -4], spread)), 25);
  });

  it('of one number is (m - n)^2 + (s - t)^2', () => {
    assertNear(frechetDistance(gaussian([1], [[4]]), gaussian([-2], [[25]])), 9 + 9);
  });

  it('of axes that agree is the sum over them', () => {
    const a = gaussian([0, 1, 2], [[1, 0, 0], [0, 9, 0], [0, 0, 0.25]]); // biome-ignore format: a matrix
    const b = gaussian([1, 1, 0], [[4, 0, 0], [0, 1, 0], [0, 0, 0.25]]); // biome-ignore format: a matrix
    assertNear(frechetDistance(a, b), 1 + 0 + 4 + 1 + 4 + 0);
  });

  it('of two rows of numbers has the closed form of 2 by 2', () => {
    // trace((S T)^(1/2)) = sqrt(trace(S T) + 2 sqrt(det S det T))
    const [s, t] = [
      [
        [3, 1],
        [1, 2],
      ],
      [
        [1, -0.5],
        [-0.5, 4],
      ],
    ] as const;
    const traceOfProduct = 3 * 1 + 1 * -0.5 + 1 * -0.5 + 2 * 4;
    const root = Math.sqrt(traceOfProduct + 2 * Math.sqrt(5 * 3.75));
    assertNear(frechetDistance(gaussian([0, 0], s), gaussian([0, 0], t)), 5 + 5 - 2 * root);
  });

  it('is exact where covariances lack rank', () => {
    // Lines: along (1, 1) and along (1, 0). S T has the one eigenvalue 2 * 8 * cos^2 = 8.
    const line = gaussian([0, 0], [[1, 1], [1, 1]]); // biome-ignore format: a matrix
    const axis = gaussian([0, 0], [[8, 0], [0, 0]]); // biome-ignore format: a matrix
    const point = gaussian([1, 2], [[0, 0], [0, 0]]); // biome-ignore format: a matrix
    assertNear(frechetDistance(line, axis), 2 + 8 - 2 * Math.sqrt(8));
    assertNear(frechetDistance(line, point), 5 + 2);
    assertNear(frechetDistance(point, point), 0);
  });

  it('is 0 to itself, and the same both ways', () => {
    const random = seededRandom(5);
    const points = (): Float64Array => Float64Array.from({ length: 30 * 12 }, () => random());
    // Fewer rows than numbers as well.
    const [a, b] = [fitGaussian(points(), 12), fitGaussian(points().subarray(0, 7 * 12), 12)];
    assert.ok(frechetDistance(a, a) < 1e-6);
    assert.ok(frechetDistance(b, b) < 1e-6);
    assertNear(frechetDistance(a, b), frechetDistance(b, a), 1e-6);
    assert.ok(frechetDistance(a, b) > 0.01);
  });

  it('refuses two of different size', () => {
    assert.throws(() => frechetDistance(gaussian([1], [[4]]), gaussian([0, 0], [[1, 0], [0, 1]])), RangeError); // biome-ignore format: a matrix
  });
});

describe('a fitted Gaussian', () => {
  it('has the mean and the unbiased covariance', () => {
    const { mean, covariance } = fitGaussian([1, 10, 2, 20, 3, 60], 2);
    assert.deepEqual([...mean], [2, 30]);
    assert.deepEqual([...covariance], [1, 25, 25, 700]);
  });

  it('needs two whole rows', () => {
    assert.throws(() => fitGaussian([1, 2], 2), RangeError);
    assert.throws(() => fitGaussian([1, 2, 3], 2), RangeError);
  });
});

describe('eigenvalues and vectors of a symmetric matrix', () => {
  it('are those of a closed form', () => {
    const { values } = symmetricEigen(Float64Array.of(2, 1, 1, 2), 2);
    assert.deepEqual(
      [...values].sort((a, b) => a - b).map((value) => Number(value.toFixed(12))),
      [1, 3],
    );
  });

  it('make the matrix again', () => {
    const random = seededRandom(9);
    const size = 20;
    const half = Float64Array.from({ length: size * size }, () => random());
    const matrix = half.map((value, at) => value + half[(at % size) * size + Math.floor(at / size)]!);
    const { values, vectors } = symmetricEigen(matrix, size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        let sum = 0;
        for (let k = 0; k < size; k++) sum += vectors[i * size + k]! * values[k]! * vectors[j * size + k]!;
        assertNear(sum, matrix[i * size + j]!, 1e-11);
      }
    }
  });
});
