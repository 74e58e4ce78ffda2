import assert from 'node:assert/strict';
import { together } from '../../../src/eval/block-conditioning.js';

describe('conditioning from several sources', () => {
  it('feeds each input from the first that has something for it', () => {
    const [a, b, c] = [Float32Array.of(1), Float32Array.of(2), Float32Array.of(3)];
    const sources = [{ block: () => [undefined, a] }, { block: () => [b, c, undefined] }];
    assert.deepEqual(together(sources, 3).block(64), [b, a, undefined]);
  });

  it('drops all where there is none', () => {
    assert.deepEqual(together([], 2).block(64), [undefined, undefined]);
  });
});
