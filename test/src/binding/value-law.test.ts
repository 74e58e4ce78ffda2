import assert from 'node:assert/strict';
import type { ParamSpec } from '../../../graph/index.js';
import { CURVES, PLAIN_OPTIONS } from '../../../src/binding/index.js';
import { argLaw, bend, paramLaw, unbend, type ValueLaw } from '../../../src/binding/value-law.js';

const float = (min: number, max: number, warp: 'lin' | 'exp' | 'db'): ParamSpec => ({
  type: 'float',
  label: 'x',
  unit: 'none',
  min,
  max,
  default: max,
  warp,
  smoothingMs: 0,
});
const at = (law: ValueLaw, position: number): unknown => {
  const arg = law.argAt(position);
  return 'value' in arg ? arg.value : arg.kind;
};
const positions = [0, 0.01, 0.2, 0.5, 0.77, 1];

describe('the law between control and value', () => {
  it('has curves that can be turned around', () => {
    for (const curve of CURVES) {
      assert.equal(bend(curve, 0), 0);
      assert.ok(Math.abs(bend(curve, 1) - 1) < 1e-12);
      for (const p of positions)
        assert.ok(Math.abs(unbend(curve, bend(curve, p)) - p) < 1e-9, `${curve} ${p}`);
    }
    assert.ok(bend('exp', 0.5) < 0.2 && bend('log', 0.5) > 0.8 && bend('s', 0.25) < 0.25);
  });

  it('is the one of the param between the ends that are asked for, whichever way round', () => {
    for (const spec of [float(0.1, 2, 'lin'), float(20, 20_000, 'exp'), float(-60, 12, 'db')]) {
      const [low, high] = spec.type === 'float' ? [spec.min, spec.max] : [0, 0];
      const middle = low + (high - low) / 3;
      for (const curve of CURVES) {
        for (const [min, max] of [
          [low, high],
          [middle, high],
          [high, low],
        ] as const) {
          const law = paramLaw(spec, { ...PLAIN_OPTIONS, curve, min, max });
          assert.ok(Math.abs((at(law, 0) as number) - min) < 1e-9, `${curve} ${at(law, 0)} ${min}`);
          assert.ok(Math.abs((at(law, 1) as number) - max) < 1e-9);
          for (const p of positions) {
            assert.ok(
              Math.abs(law.positionOf(at(law, p) as number) - p) < 1e-6,
              `${curve} ${min} ${max} ${p}`,
            );
          }
        }
      }
    }
    const octaves = paramLaw(float(100, 1600, 'exp'), PLAIN_OPTIONS);
    assert.ok(Math.abs((at(octaves, 0.5) as number) - 400) < 1e-9);
  });

  it('never leaves the range of the param by its warp', () => {
    const law = paramLaw(float(20, 20_000, 'exp'), { ...PLAIN_OPTIONS, min: -5, max: 1e9 });
    assert.equal(at(law, 0), 20);
    assert.equal(at(law, 1), 20_000);
  });

  it('has steps for whole numbers, options and switches', () => {
    const whole = paramLaw(
      { type: 'int', label: 'x', unit: 'none', min: 0, max: 10, default: 0 },
      PLAIN_OPTIONS,
    );
    assert.equal(at(whole, 0.5), 5);
    const spec: ParamSpec = { type: 'enum', label: 'x', options: ['a', 'b', 'c'], default: 'a' };
    assert.deepEqual(
      [0, 0.3, 0.7, 1].map((p) => at(paramLaw(spec, PLAIN_OPTIONS), p)),
      [0, 1, 1, 2],
    );
    assert.equal(paramLaw(spec, PLAIN_OPTIONS).positionOf('b'), 0.5);
    const programs = paramLaw(spec, { ...PLAIN_OPTIONS, min: 0, max: 127 });
    assert.deepEqual(
      [0, 1 / 127, 1].map((p) => at(programs, p)),
      [0, 1, 2],
    );
    const bool: ParamSpec = { type: 'bool', label: 'x', default: false };
    assert.deepEqual(
      [0, 0.49, 0.5, 1].map((p) => at(paramLaw(bool, PLAIN_OPTIONS), p)),
      [false, false, true, true],
    );
    const inverted = paramLaw(bool, { ...PLAIN_OPTIONS, min: 1, max: 0 });
    assert.equal(at(inverted, 1), false);
    assert.equal(inverted.positionOf(true), 0);
  });

  it('has ranges of its own for arguments of actions', () => {
    const arg = (type: 'int' | 'float') => ({ name: 'x', type, description: '' }) as const;
    assert.equal(at(argLaw(arg('int'), PLAIN_OPTIONS), 0.5), 64);
    assert.equal(at(argLaw(arg('float'), PLAIN_OPTIONS), 0.5), 0.5);
    assert.equal(at(argLaw(arg('float'), { ...PLAIN_OPTIONS, min: -1, max: 1 }), 1), 1);
  });
});
