import assert from 'node:assert/strict';
import { type ConditioningInput, SPEECH_SOURCE_DIM, WORD_FRAMES } from '../../../models/index.js';
import { RandomWords, takesWords } from '../../../src/eval/word-conditioning.js';
import { rowsInBlocks } from '../../support/block-rows.js';
import { WORD_CONDITIONING, WORD_DIM } from '../../support/word-conditioning.js';

const inputs: readonly ConditioningInput[] = [
  { name: 'mood', dim: 2, rateHz: 250 },
  ...WORD_CONDITIONING,
  { name: 'source', kind: 'word-source', dim: SPEECH_SOURCE_DIM, rateHz: 16_000 },
];
const SECONDS = 8;
const FRAMES = SECONDS * 16_000;

function rows(seed: number, size: number): (Float32Array | undefined)[] {
  return rowsInBlocks(new RandomWords(inputs, seed, size), inputs, FRAMES, size);
}

describe('random words', () => {
  it('are for models that words steer', () => {
    assert.ok(takesWords(inputs, 16_000));
    assert.ok(!takesWords(inputs, 48_000));
    assert.ok(!takesWords(inputs.slice(0, 1), 16_000));
  });

  it('are the same again, in blocks of any size, and others with another seed', () => {
    const whole = rows(3, FRAMES);
    assert.equal(whole[0], undefined);
    for (const size of [64, 6400]) assert.deepEqual(rows(3, size), whole);
    assert.notDeepEqual(rows(4, 6400), whole);
  });

  it('come one after the other with silence between, and voiced', () => {
    const [, steps, source] = rows(1, 6400);
    const heard = new Set<number>();
    let begun = 0;
    let silent = 0;
    for (let row = 0; row < SECONDS * 250; row++) {
      const values = steps!.subarray(row * WORD_DIM, (row + 1) * WORD_DIM);
      const loudest = values.indexOf(Math.max(...values));
      if (Math.max(...values) === 0) silent++;
      else heard.add(Math.floor(loudest / 12));
      if (values[loudest] === 1 && loudest % 12 === 0) begun++;
    }
    const [most, least] = [0.1, 0.8].map((pause) => SECONDS / (pause + WORD_FRAMES / 250));
    assert.ok(begun >= Math.floor(least!) && begun <= Math.ceil(most!), `${begun} words`);
    assert.ok(silent > 50, `${silent} silent rows`);
    assert.ok(heard.size > 1);
    assert.ok(source!.some((value) => value !== 0));
  });
});
