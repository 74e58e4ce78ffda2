import assert from 'node:assert/strict';
import { judge, type Measured, type NotMeasured } from '../../../models/self-test/index.js';

function measured(kind: Measured['kind'], timesRealTime: number, p99Ms = 0.5): Measured {
  const instructionSet = 'test';
  return { kind, outcome: 'measured', instructionSet, timesRealTime, p99Ms, blockFrames: 32 };
}

const noDriver: NotMeasured = {
  kind: 'cuda',
  outcome: 'absent',
  why: 'there is no CUDA driver',
  code: 'MODEL_CUDA',
};
const untried: NotMeasured = { kind: 'wasm', outcome: 'untried', why: 'one that is faster is right' };

describe('the choice among measured steppers', () => {
  it('says why, and why no other, but nothing of those that were not tried', () => {
    const { chosen, reason } = judge([measured('native', 21.04), untried, noDriver], 3);
    assert.equal(chosen?.kind, 'native');
    assert.equal(reason, '21 times real time for 3 voices; cuda: there is no CUDA driver (MODEL_CUDA)');
  });

  const table: readonly (readonly [string, number, number, number, string])[] = [
    ['a device that is slower', 12, 6, 0.5, 'native'],
    ['a device that is faster, but within the margin', 12, 17.9, 0.5, 'native'],
    ['a device beyond the margin', 12, 18, 0.5, 'cuda'],
    ['a device that stalls', 12, 40, 8.1, 'native'],
    ['a processor too slow for real time', 0.4, 1.3, 2, 'cuda'],
  ];
  for (const [name, native, cuda, p99Ms, chosen] of table) {
    it(`${name}: ${chosen}`, () =>
      assert.equal(
        judge([measured('native', native), measured('cuda', cuda, p99Ms)], 1).chosen?.kind,
        chosen,
      ));
  }

  it('does not hold it against a device that others held up both', () => {
    const trials = [measured('native', 2, 9), measured('cuda', 40, 17)];
    assert.equal(judge(trials, 1).chosen?.kind, 'cuda');
  });

  it('takes the fastest of several devices, and one that stalls where nothing else is right', () => {
    const fast = { ...measured('onnx', 50), provider: 'webgpu' as const };
    assert.equal(judge([measured('native', 2), measured('cuda', 40), fast], 1).chosen, fast);
    assert.equal(judge([measured('cuda', 3, 20)], 1).chosen?.kind, 'cuda');
  });

  it('tells how slow the others were', () => {
    const { reason } = judge([measured('native', 12), measured('cuda', 40, 9)], 1);
    assert.equal(
      reason,
      '12 times real time for 1 voice; cuda: 40 times real time, 1 % of blocks over 9.0 ms',
    );
    assert.equal(judge([noDriver], 1).reason.split(';')[0], 'no stepper passed its self-test');
  });
});
