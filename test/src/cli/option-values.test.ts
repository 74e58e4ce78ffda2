import assert from 'node:assert/strict';
import { InvalidArgumentError } from 'commander';
import { collect, integerBetween, numberBetween } from '../../../src/cli/option-values.js';

describe('option values', () => {
  it('take whole numbers inside their range and nothing else', () => {
    const parse = integerBetween(1, 10);
    assert.deepEqual(['1', '10'].map(parse), [1, 10]);
    for (const text of ['0', '11', '1.5', '1e1', '0x2', '', ' 3', 'three', 'NaN']) {
      assert.throws(() => parse(text), InvalidArgumentError, text);
    }
  });

  it('take numbers inside their range and nothing else', () => {
    const parse = numberBetween(0.5, 2);
    assert.deepEqual(['0.5', '2', '1e0'].map(parse), [0.5, 2, 1]);
    for (const text of ['0.4', '2.1', '', ' ', 'Infinity', 'one']) {
      assert.throws(() => parse(text), InvalidArgumentError, text);
    }
  });

  it('are collected in their order', () => {
    assert.deepEqual(collect('b', collect('a', [])), ['a', 'b']);
  });
});
