import assert from 'node:assert/strict';
import { InvalidArgumentError } from 'commander';
import {
  classWeights,
  collect,
  collectInput,
  integerBetween,
  numberBetween,
  weightsText,
} from '../../../src/cli/option-values.js';

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

  it('take weights by name, and give them back', () => {
    assert.deepEqual(classWeights('wind=0.7, birds=.3,night=1'), { wind: 0.7, birds: 0.3, night: 1 });
    assert.deepEqual(['none', 'cycle'].map(classWeights), ['none', 'cycle']);
    assert.equal(weightsText({ wind: 0.7, birds: 0.3 }), 'wind=0.7,birds=0.3');
    for (const text of [
      '',
      'wind',
      'wind=',
      '=1',
      'wind=2',
      'wind=-1',
      'wind=1,',
      'wind=1e9',
      'wind=0.5;fire=1',
    ])
      assert.throws(() => classWeights(text), InvalidArgumentError, text);
  });

  it('are collected in their order', () => {
    assert.deepEqual(collect('b', collect('a', [])), ['a', 'b']);
  });

  it('name a file for one input, or for all', () => {
    assert.deepEqual(collectInput('ear=a b.wav', collectInput('takes/c=1.wav', [])), [
      { nodeId: undefined, file: 'takes/c=1.wav' },
      { nodeId: 'ear', file: 'a b.wav' },
    ]);
  });
});
