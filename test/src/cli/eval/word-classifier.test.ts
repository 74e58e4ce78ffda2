import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../../models/index.js';
import { readHeldOutWords } from '../../../../src/cli/eval/held-out-words.js';
import { WORD_START } from '../../../../src/cli/eval/say-word.js';
import { CLASSIFIER_RATE, WordClassifier } from '../../../../src/cli/eval/word-classifier.js';
import { heardClass } from '../../../../src/eval/class-scores.js';
import { symmetricEigen } from '../../../../src/eval/symmetric-eigen.js';
import { needsOnnxRuntime } from '../../../support/onnx-runtime.js';
import { seededRandom } from '../../../support/random.js';
import { useTempFolder } from '../../../support/temp-folder.js';

const SHIPPED = join(packageRoot(), 'models', 'eval', 'words');
const HELD_OUT = join(packageRoot(), 'models', 'zoo', 'words', 'held-out');

describe('the classifier of words', function () {
  this.timeout(240_000);
  const folder = useTempFolder();
  let classifier: WordClassifier;
  before(async function () {
    await needsOnnxRuntime(this);
    classifier = await WordClassifier.open();
  });

  it('hears the words of people whom it was not trained on', async function () {
    if (!existsSync(HELD_OUT)) {
      this.test!.title += ` (skipped: there is no ${HELD_OUT})`;
      this.skip();
    }
    const { labels, heldOutAccuracy } = classifier.statistics;
    const words = (await readHeldOutWords(HELD_OUT, CLASSIFIER_RATE))!;
    const heard = await classifier.listen(
      words.map(({ samples }) => {
        const placed = new Float32Array(WORD_START + samples.length);
        placed.set(samples, WORD_START);
        return placed;
      }),
      () => undefined,
    );
    const right = words.filter(({ label }, i) => labels[heardClass(heard[i]!.logProbabilities)] === label);
    const accuracy = right.length / words.length;
    // Part of the very clips that the statement is about.
    assert.ok(Math.abs(accuracy - heldOutAccuracy) < 0.04, `${accuracy}, stated is ${heldOutAccuracy}`);
  });

  it('gives a clip the same whatever comes with it, and probabilities that sum to 1', async () => {
    const { numSamples, numFeatures } = classifier.statistics;
    const uniform = seededRandom(2);
    const sounds = Array.from({ length: 40 }, (_, k) =>
      Float32Array.from({ length: k === 3 ? 5000 : numSamples }, () => 0.02 * k * (uniform() - 0.5)),
    );
    const shares: number[] = [];
    const all = await classifier.listen(sounds, (share) => shares.push(share));
    assert.deepEqual(shares, [32 / 40, 1]);
    assert.equal(all.length, 40);
    for (const k of [0, 3, 35]) {
      const [alone] = await classifier.listen([sounds[k]!], () => undefined);
      assert.equal(alone!.features.length, numFeatures);
      for (const [i, x] of alone!.features.entries()) assert.ok(Math.abs(x - all[k]!.features[i]!) < 1e-4);
      const sum = alone!.logProbabilities.reduce((total, log) => total + Math.exp(log), 0);
      assert.ok(Math.abs(sum - 1) < 1e-9);
    }
  });

  it('has statistics that can be: a covariance, probabilities, accuracies', () => {
    const { numFeatures, meanProbabilities, trainingAccuracy, heldOutAccuracy } = classifier.statistics;
    const { values } = symmetricEigen(classifier.training.covariance, numFeatures);
    assert.ok(Math.min(...values) > -1e-6 * Math.max(...values));
    assert.ok(Math.abs(meanProbabilities.reduce((a, b) => a + b) - 1) < 1e-5);
    assert.ok(heldOutAccuracy > 0.9 && trainingAccuracy <= 1, `${heldOutAccuracy}`);
  });

  it('says what to install where its package is missing', async () => {
    await assert.rejects(
      WordClassifier.open(SHIPPED, 'no-such-package'),
      (error: Error & { remedy: string }) => {
        assert.match(error.message, /^The classifier of words cannot run: ONNX Runtime cannot be used: /);
        assert.match(error.remedy, /npm install onnxruntime-node/);
        return true;
      },
    );
  });

  it('refuses files that are missing or damaged', async () => {
    await assert.rejects(WordClassifier.open(folder.path()), {
      code: 'CLI_CLASSIFIER',
      message: /statistics/,
    });
    const text = readFileSync(join(SHIPPED, 'statistics.json'), 'utf8');
    writeFileSync(folder.path('statistics.json'), text);
    await assert.rejects(WordClassifier.open(folder.path()), {
      code: 'CLI_CLASSIFIER',
      message: /classifier/,
    });
    copyFileSync(join(SHIPPED, 'classifier.onnx'), folder.path('classifier.onnx'));
    for (const broken of ['{', 'null', '{}', text.replace('"mean":[', '"mean":[0,')]) {
      writeFileSync(folder.path('statistics.json'), broken);
      await assert.rejects(
        WordClassifier.open(folder.path()),
        { code: 'CLI_CLASSIFIER' },
        broken.slice(0, 20),
      );
    }
  });
});
