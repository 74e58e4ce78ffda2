import assert from 'node:assert/strict';
import { isCandidateName, isTrial, type Trial } from '../../../models/self-test/index.js';

const good: readonly Trial[] = [
  {
    kind: 'native',
    outcome: 'measured',
    instructionSet: 'x',
    timesRealTime: 2,
    p99Ms: 1,
    blockFrames: 32,
  },
  { kind: 'onnx', provider: 'webgpu', outcome: 'wrong', why: 'it is' },
  { kind: 'cuda', outcome: 'absent', why: 'none', code: 'MODEL_CUDA' },
];

describe('trials from files and other processes', () => {
  it('are taken when they are whole', () => {
    for (const trial of good) assert.ok(isTrial(JSON.parse(JSON.stringify(trial))));
  });

  it('are refused when any part is missing, of another type or out of range', () => {
    for (const trial of good) {
      for (const field of Object.keys(trial)) {
        for (const value of [null, -1, 'nonsense', {}, Number.NaN]) {
          const isText = typeof value === 'string' && ['why', 'code', 'instructionSet'].includes(field);
          if (!isText) assert.ok(!isTrial({ ...trial, [field]: value }), `${field}: ${value}`);
        }
      }
    }
    for (const value of [null, 3, 'native', [], {}]) {
      assert.ok(!isTrial(value));
      assert.ok(!isCandidateName(value));
    }
  });
});
