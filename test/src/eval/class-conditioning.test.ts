import assert from 'node:assert/strict';
import type { ConditioningInput } from '../../../models/index.js';
import {
  ClassConditioning,
  classInput,
  cyclingClasses,
  steadyClasses,
} from '../../../src/eval/class-conditioning.js';
import { rowsInBlocks } from '../../support/block-rows.js';

const inputs: readonly ConditioningInput[] = [
  { name: 'mood', dim: 2, rateHz: 250 },
  { name: 'classes', kind: 'class-weights', dim: 3, rateHz: 250, labels: ['a', 'b', 'c'] },
];

describe('the input of classes', () => {
  it('is found with its labels, or with numbers in their place', () => {
    const { labels: _, ...nameless } = inputs[1]!;
    assert.deepEqual(classInput(inputs, 16_000), { input: 1, labels: ['a', 'b', 'c'] });
    for (const unnamed of [nameless, { ...nameless, labels: ['a', 'b'] }])
      assert.deepEqual(classInput([unnamed], 16_000), { input: 0, labels: ['1', '2', '3'] });
  });

  it('is not there at another rate, nor where there is none', () => {
    assert.equal(classInput(inputs, 48_000), undefined);
    assert.equal(classInput(inputs.slice(0, 1), 16_000), undefined);
  });
});

describe('class weights over time', () => {
  const at = (seconds: number): number[] => {
    const weights = new Float32Array(3);
    cyclingClasses(10, 1)(seconds, weights);
    return [...weights];
  };

  it('go from class to class, and round', () => {
    assert.deepEqual(at(0), [1, 0, 0]);
    assert.deepEqual(at(8.9), [1, 0, 0]);
    assert.deepEqual(at(9.5), [0.5, 0.5, 0]);
    assert.deepEqual(at(10), [0, 1, 0]);
    assert.deepEqual(at(29.25), [0.25, 0, 0.75]);
    assert.deepEqual(at(30), [1, 0, 0]);
  });

  it('stay where there is but one class', () => {
    const weights = new Float32Array(1);
    cyclingClasses(10, 1)(9.5, weights);
    assert.deepEqual([...weights], [1]);
  });

  it('feed their input only, the same in blocks of any size', () => {
    const conditioning = (size: number): ClassConditioning =>
      new ClassConditioning(inputs, classInput(inputs, 16_000)!, cyclingClasses(0.02, 0.01), size);
    const whole = rowsInBlocks(conditioning(768), inputs, 768, 768);
    assert.equal(whole[0], undefined);
    assert.deepEqual([...whole[1]!.subarray(0, 3)], [1, 0, 0]);
    assert.deepEqual([...whole[1]!.subarray(15, 18)], [0, 1, 0]);
    for (const size of [64, 192])
      assert.deepEqual(rowsInBlocks(conditioning(size), inputs, 768, size), whole);
  });

  it('may be steady', () => {
    const told = new ClassConditioning(
      inputs,
      classInput(inputs, 16_000)!,
      steadyClasses([0, 0.5, 0.25]),
      128,
    );
    assert.deepEqual([...told.block(128)[1]!], [0, 0.5, 0.25, 0, 0.5, 0.25]);
  });
});
