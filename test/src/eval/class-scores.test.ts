import assert from 'node:assert/strict';
import {
  amScore,
  confusionMatrix,
  heardClass,
  inceptionScore,
  logProbabilities,
  modifiedInceptionScore,
} from '../../../src/eval/class-scores.js';
import { seededRandom } from '../../support/random.js';

const near = (actual: number, expected: number, tolerance = 1e-9): void =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, expected ${expected}`);

/** As clear as makes no difference. */
const clear = (k: number, numClasses = 10): Float64Array =>
  logProbabilities(Array.from({ length: numClasses }, (_, j) => (j === k ? 40 : 0)));
const unclear = (numClasses = 10): Float64Array => logProbabilities(new Array(numClasses).fill(3));
const classes = Array.from({ length: 10 }, (_, k) => k);
const uniform = classes.map(() => 0.1);

function randomRows(count: number): Float64Array[] {
  const random = seededRandom(4);
  return Array.from({ length: count }, () => logProbabilities(classes.map(() => 4 * random())));
}

describe('the scores of classes', () => {
  it('probabilities sum to 1, also of logits that are far out', () => {
    for (const logits of [
      [1, 2, 3],
      [1000, 0, -1000],
      [-800, -801, -802],
    ]) {
      near(
        logProbabilities(logits).reduce((sum, log) => sum + Math.exp(log), 0),
        1,
      );
    }
    near(logProbabilities([0, Math.log(3)])[1]!, Math.log(0.75));
    assert.equal(heardClass(logProbabilities([1, 5, 2])), 1);
  });

  it('the inception score is the number of classes at best, and 1 at worst', () => {
    near(inceptionScore(classes.map((k) => clear(k))), 10, 1e-6);
    near(inceptionScore(classes.map(() => clear(3))), 1, 1e-6);
    near(inceptionScore(classes.map(() => unclear())), 1);
    near(inceptionScore([clear(0), clear(0), clear(1), clear(1)]), 2, 1e-6);
  });

  it('the modified inception score is 1 for sounds that are alike, and what all pairs give', () => {
    near(modifiedInceptionScore(classes.map(() => unclear())), 1);
    near(modifiedInceptionScore(classes.map(() => clear(2))), 1, 1e-6);
    const half = [
      Float64Array.of(Math.log(0.9), Math.log(0.1)),
      Float64Array.of(Math.log(0.1), Math.log(0.9)),
    ];
    // Two of four pairs differ, by 0.8 log 9.
    near(modifiedInceptionScore(half), Math.exp(0.5 * 0.8 * Math.log(9)));
    const rows = randomRows(30);
    const pairs = rows.flatMap((p) =>
      rows.map((q) => p.reduce((sum, log, k) => sum + Math.exp(log) * (log - q[k]!), 0)),
    );
    near(modifiedInceptionScore(rows), Math.exp(pairs.reduce((a, b) => a + b) / pairs.length));
  });

  it('the AM score is 0 at best, and tells apart what is unclear and what is missing', () => {
    near(
      amScore(
        classes.map((k) => clear(k)),
        uniform,
      ),
      0,
      1e-6,
    );
    near(
      amScore(
        classes.map(() => unclear()),
        uniform,
      ),
      Math.log(10),
    );
    const onlyTwo = [clear(0, 2), clear(0, 2), clear(0, 2), clear(1, 2)];
    near(amScore(onlyTwo, [0.5, 0.5]), 0.5 * Math.log(0.5 / 0.75) + 0.5 * Math.log(0.5 / 0.25), 1e-6);
    near(amScore(onlyTwo, [1, 0]), Math.log(1 / 0.75), 1e-6);
  });

  it('counts what was heard for what was asked', () => {
    assert.deepEqual(confusionMatrix([0, 0, 1, 2], [0, 1, 1, 0], 3), [
      [1, 1, 0],
      [0, 1, 0],
      [1, 0, 0],
    ]);
  });
});
