import assert from 'node:assert/strict';
import type { ParamSpec } from '../../../graph/index.js';
import { between, curveNames, curveOf, curves, mostPieces, waypoints } from '../../../src/scenes/index.js';

const float = (warp: 'lin' | 'exp' | 'db', unit: 'hz' | 'db' | 'none' = 'none'): ParamSpec => ({
  type: 'float',
  label: 'x',
  unit,
  min: warp === 'exp' ? 20 : -60,
  max: 20_000,
  default: 20,
  warp,
  smoothingMs: 20,
});
const int: ParamSpec = { type: 'int', label: 'n', unit: 'none', min: 0, max: 100, default: 0 };
const choice: ParamSpec = { type: 'enum', label: 'c', options: ['a', 'b', 'c'], default: 'a' };

describe('curves', () => {
  for (const name of curveNames) {
    it(`${name} goes from 0 to 1 and never back`, () => {
      const values = Array.from({ length: 101 }, (_, i) => curves[name](i / 100));
      assert.equal(values[0], 0);
      assert.equal(values[100], 1);
      assert.ok(values.every((x, i) => i === 0 || x >= values[i - 1]!));
    });
  }

  it('are refused by a name that is none', () => {
    assert.equal(curveOf('s'), 's');
    assert.throws(() => curveOf('toString'), { code: 'SCENE_CURVE', message: /linear, s, ease-in/ });
  });
});

describe('between', () => {
  it('moves ratios in ratios and the rest evenly', () => {
    assert.ok(Math.abs(Number(between(float('exp', 'hz'), 100, 10_000, 0.5)) - 1000) < 1e-9);
    assert.equal(between(float('lin'), 0, 10, 0.25), 2.5);
    assert.equal(between(float('db', 'db'), -60, 0, 0.5), -30);
  });

  it('steps whole numbers and switches the rest in the middle', () => {
    assert.deepEqual(
      [0.1, 0.2, 0.9].map((p) => between(int, 0, 4, p)),
      [0, 1, 4],
    );
    assert.deepEqual(
      [0, 0.49, 0.5, 1].map((p) => between(choice, 'a', 'c', p)),
      ['a', 'a', 'c', 'c'],
    );
    assert.deepEqual(
      [0.49, 0.5].map((p) => between({ type: 'bool', label: 'b', default: true }, true, false, p)),
      [true, false],
    );
  });

  it('is exact at both ends', () => {
    assert.equal(between(float('exp'), 30, 12_345.678, 1), 12_345.678);
    assert.equal(between(float('exp'), 30.1, 12_345.678, 0), 30.1);
  });
});

describe('waypoints', () => {
  it('make one ramp of a straight way', () => {
    assert.deepEqual(waypoints(float('lin'), 0, 1, 48_000, 'linear', 960), [
      { offset: 0, value: 1, rampFrames: 48_000 },
    ]);
  });

  it('cut a curved way into straight pieces that follow each other and arrive', () => {
    const points = waypoints(float('exp', 'hz'), 100, 10_000, 480_001, 'linear', 960);
    assert.equal(points.length, mostPieces);
    let at = 0;
    for (const { offset, rampFrames } of points) {
      assert.equal(offset, at);
      at += rampFrames!;
    }
    assert.equal(at, 480_001);
    assert.equal(points.at(-1)!.value, 10_000);
  });

  it('are off by less than a thousandth between the pieces of a hundredfold frequency', () => {
    const numFrames = 480_000;
    const points = waypoints(float('exp', 'hz'), 100, 10_000, numFrames, 'linear', 960);
    let from = 100;
    for (const { offset, value, rampFrames } of points) {
      for (const part of [0.25, 0.5, 0.75]) {
        const wanted = 100 * 100 ** ((offset + part * rampFrames!) / numFrames);
        const made = from + (Number(value) - from) * part;
        assert.ok(Math.abs(made / wanted - 1) < 1e-3, `${made} ${wanted}`);
      }
      from = Number(value);
    }
  });

  it('step a whole number at the very frames at which another is nearest', () => {
    const points = waypoints(int, 0, 2, 1000, 'linear', 10);
    assert.deepEqual(points, [
      { offset: 0, value: 0 },
      { offset: 250, value: 1 },
      { offset: 750, value: 2 },
    ]);
  });

  it('switch in the middle of the curve', () => {
    assert.deepEqual(waypoints(choice, 'a', 'c', 1000, 'linear', 10).slice(1), [{ offset: 500, value: 'c' }]);
    const [, late] = waypoints(choice, 'a', 'c', 1000, 'ease-in', 10);
    assert.equal(late!.offset, Math.ceil(Math.SQRT1_2 * 1000));
  });

  it('jump and hold', () => {
    assert.deepEqual(waypoints(float('lin'), 0, 1, 1000, 'jump', 10), [{ offset: 0, value: 1 }]);
    assert.deepEqual(waypoints(float('lin'), 0, 1, 1000, 'hold', 10), [
      { offset: 0, value: 0 },
      { offset: 1000, value: 1 },
    ]);
  });

  it('say what is at the start always, and are few in a short time', () => {
    for (const curve of curveNames) {
      const ways: readonly { spec: ParamSpec; from: number | string; to: number | string }[] = [
        { spec: float('exp'), from: 20, to: 40 },
        { spec: int, from: 3, to: 90 },
        { spec: choice, from: 'a', to: 'b' },
        { spec: float('lin'), from: 5, to: 5 },
      ];
      for (const { spec, from, to } of ways) {
        for (const numFrames of [1, 7, 100, 4800]) {
          const points = waypoints(spec, from, to, numFrames, curve, 960);
          assert.equal(points[0]!.offset, 0);
          assert.equal(points.at(-1)!.value, to);
          assert.ok(points.length <= 2 + numFrames / 960, `${points.length}`);
          assert.ok(points.every(({ offset }, i) => i === 0 || offset > points[i - 1]!.offset));
        }
      }
    }
  });
});
