import assert from 'node:assert/strict';
import {
  constrain,
  defaultParams,
  describeRange,
  mapParam,
  type ParamSpec,
  unmapParam,
} from '../../graph/index.js';

const gain: ParamSpec = {
  type: 'float',
  label: 'Gain',
  unit: 'db',
  min: -60,
  max: 12,
  default: 0,
  warp: 'db',
  smoothingMs: 20,
};
const cutoff: ParamSpec = { ...gain, unit: 'hz', min: 20, max: 20000, default: 1000, warp: 'exp' };
const mix: ParamSpec = { ...gain, unit: 'ratio', min: 0, max: 1, default: 0.5, warp: 'lin' };
const voices: ParamSpec = { type: 'int', label: 'Voices', unit: 'none', min: 1, max: 5, default: 2 };
const shape: ParamSpec = { type: 'enum', label: 'Shape', options: ['a', 'b', 'c'], default: 'b' };
const on: ParamSpec = { type: 'bool', label: 'On', default: true };

describe('the law of params', () => {
  it('maps a knob to a value', () => {
    const rows: readonly [ParamSpec, number, number | string | boolean][] = [
      [mix, 0.25, 0.25],
      [cutoff, 0.5, 20 * Math.sqrt(1000)],
      [gain, 0, -60],
      [gain, 1, 12],
      [voices, 0.5, 3],
      [shape, 0, 'a'],
      [shape, 0.5, 'b'],
      [on, 0.4, false],
      [mix, -3, 0],
      [mix, 7, 1],
    ];
    for (const [spec, position, expected] of rows) {
      const value = mapParam(spec, position);
      if (typeof expected === 'number') assert.ok(Math.abs((value as number) - expected) < 1e-9 * 20000);
      else assert.equal(value, expected);
    }
  });

  it('makes a fader of a level: half way is about a quarter of the amplitude', () => {
    const db = mapParam(gain, 0.5) as number;
    assert.ok(Math.abs(10 ** ((db - 12) / 20) - 0.25) < 0.001, `${db} dB`);
  });

  it('maps back', () => {
    for (const spec of [gain, cutoff, mix]) {
      for (const position of [0, 0.1, 0.5, 0.9, 1]) {
        assert.ok(Math.abs(unmapParam(spec, mapParam(spec, position)) - position) < 1e-9);
      }
    }
    assert.equal(unmapParam(shape, 'c'), 1);
    assert.equal(unmapParam(on, true), 1);
    assert.equal(unmapParam(voices, 3), 0.5);
  });

  it('clamps numbers and says what is allowed', () => {
    assert.deepEqual(constrain(gain, 'gainDb', 40), { value: 12, clamped: true });
    assert.deepEqual(constrain(voices, 'voices', 4.4), { value: 4, clamped: false });
    assert.deepEqual(constrain(on, 'on', false), { value: false, clamped: false });
    assert.throws(() => constrain(gain, 'gainDb', true), {
      code: 'PARAM_TYPE',
      message: 'expected a number (-60 to 12 db) for gainDb but received true',
    });
    assert.throws(() => constrain(on, 'on', 1), { code: 'PARAM_TYPE' });
    assert.throws(() => constrain(gain, 'gainDb', Number.NaN), { code: 'PARAM_TYPE' });
    assert.equal(describeRange(shape), 'one of a, b, c');
  });

  it('knows the defaults', () => {
    assert.deepEqual(defaultParams({ gain, shape, on }), { gain: 0, shape: 'b', on: true });
  });
});
