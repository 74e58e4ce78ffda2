import assert from 'node:assert/strict';
import { type ParamSpecs, ParamStore } from '../../graph/index.js';

const specs: ParamSpecs = {
  // 10 ms at 1000 Hz: ramps of 10 frames.
  slow: {
    type: 'float',
    label: 'Slow',
    unit: 'none',
    min: -1,
    max: 1,
    default: 0,
    warp: 'lin',
    smoothingMs: 10,
  },
  jump: {
    type: 'float',
    label: 'Jump',
    unit: 'none',
    min: -1,
    max: 1,
    default: 0,
    warp: 'lin',
    smoothingMs: 0,
  },
  steps: { type: 'int', label: 'Steps', unit: 'none', min: 0, max: 8, default: 4 },
  shape: { type: 'enum', label: 'Shape', options: ['sine', 'square'], default: 'sine' },
};

const store = (): ParamStore => new ParamStore(specs, { slow: 0, jump: 0, steps: 4, shape: 'sine' }, 1000);

function tick(params: ParamStore, name: string, numFrames: number): number[] {
  params.begin(numFrames);
  const out = new Float32Array(numFrames);
  params.ramp(name, out, numFrames);
  assert.equal(out[numFrames - 1], Math.fround(params.get(name) as number), 'the last frame equals get');
  return [...out];
}

const near = (values: readonly number[], expected: readonly number[]): void => {
  assert.deepEqual(
    values.map((x) => Math.round(x * 1e6) / 1e6),
    expected,
  );
};

describe('ParamStore', () => {
  it('ramps in a straight line and arrives exactly', () => {
    const params = store();
    params.set('slow', 1);
    near(tick(params, 'slow', 4), [0.1, 0.2, 0.3, 0.4]);
    near(tick(params, 'slow', 4), [0.5, 0.6, 0.7, 0.8]);
    assert.deepEqual(tick(params, 'slow', 4).slice(1), [1, 1, 1]);
    assert.equal(params.get('slow'), 1);
  });

  it('starts again from the value of the moment when the target changes', () => {
    const params = store();
    params.set('slow', 1);
    tick(params, 'slow', 5);
    params.set('slow', 0);
    near(tick(params, 'slow', 10), [0.45, 0.4, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05, 0]);
  });

  it('does not start again when the same value is set', () => {
    const params = store();
    params.set('slow', 1);
    tick(params, 'slow', 5);
    params.set('slow', 1);
    tick(params, 'slow', 5);
    assert.equal(params.get('slow'), 1);
  });

  it('draws the same ramp however time is cut', () => {
    const whole = store();
    whole.set('slow', 0.7);
    const expected = tick(whole, 'slow', 12);
    for (const blocks of [[1], [7, 5], [3, 1, 8]]) {
      const params = store();
      params.set('slow', 0.7);
      const pieces: number[] = [];
      for (let i = 0; pieces.length < 12; i++)
        pieces.push(...tick(params, 'slow', blocks[i % blocks.length]!));
      assert.deepEqual(pieces.slice(0, 12), expected);
    }
  });

  it('goes over the time that is asked for, once, however time is cut', () => {
    for (const name of ['jump', 'slow']) {
      for (const blocks of [[20], [1], [7, 5]]) {
        const params = store();
        params.set(name, 0.8, 8);
        const pieces: number[] = [];
        for (let i = 0; pieces.length < 20; i++)
          pieces.push(...tick(params, name, blocks[i % blocks.length]!));
        near(pieces.slice(0, 9), [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.8]);
        assert.ok(params.isSteady(name));
      }
    }
    const params = store();
    params.set('slow', 1, 100);
    near(tick(params, 'slow', 2), [0.01, 0.02]);
    assert.ok(Math.abs(params.ahead('slow', 0, 48) - 0.5) < 1e-12);
    assert.ok(!params.isSteady('slow'));
    params.set('slow', 0.52);
    near(tick(params, 'slow', 10).slice(-2), [0.47, 0.52]);
    params.set('slow', 0, 0);
    assert.deepEqual(tick(params, 'slow', 1), [0]);
    params.set('steps', 7, 1000);
    assert.equal(params.get('steps'), 7);
  });

  it('modulation goes on while a ramp that was asked for runs: added without smoothing, bent with it, never out of range', () => {
    const params = store();
    params.set('jump', 0.8, 8);
    tick(params, 'jump', 4);
    params.modulate('jump', 0.1);
    assert.ok(Math.abs(params.ahead('jump', 0.1, 2) - 0.7) < 1e-12);
    near(tick(params, 'jump', 2), [0.6, 0.7]);
    params.modulate('jump', 5);
    near(tick(params, 'jump', 4), [1, 1, 1, 1]);
    params.set('slow', 0.8, 80);
    tick(params, 'slow', 40);
    params.modulate('slow', 0.2);
    const bent = tick(params, 'slow', 40);
    near(bent.slice(0, 1), [0.415]);
    assert.equal(bent.at(-1), 1);
  });

  it('jumps at the next tick without smoothing, and not before', () => {
    const params = store();
    params.set('jump', 0.5);
    assert.equal(params.get('jump'), 0);
    assert.deepEqual(tick(params, 'jump', 2), [0.5, 0.5]);
  });

  it('adds modulation, smooths it and keeps the sum in range', () => {
    const params = store();
    params.set('jump', 0.5);
    params.modulate('jump', 0.2);
    assert.deepEqual(tick(params, 'jump', 1), [Math.fround(0.7)]);
    params.modulate('jump', 9);
    assert.deepEqual(tick(params, 'jump', 1), [1]);
    params.modulate('jump', Number.NaN);
    assert.deepEqual(tick(params, 'jump', 1), [0.5]);
    params.modulate('slow', 0.5);
    near(tick(params, 'slow', 2), [0.05, 0.1]);
    assert.equal(params.values().jump, 0.5, 'values are as set');
  });

  it('clamps and tells, rounds whole numbers, refuses other types', () => {
    const params = store();
    assert.deepEqual(params.set('slow', 3), { value: 1, clamped: true });
    assert.deepEqual(params.set('steps', 2.6), { value: 3, clamped: false });
    assert.equal(params.get('steps'), 3);
    params.set('shape', 'square');
    assert.equal(params.get('shape'), 'square');
    assert.throws(() => params.set('shape', 'round'), { code: 'PARAM_OPTION' });
    assert.throws(() => params.set('steps', '3'), { code: 'PARAM_TYPE' });
    assert.throws(() => params.set('slow', Number.POSITIVE_INFINITY), { code: 'PARAM_TYPE' });
    assert.throws(() => params.set('slo', 1), { code: 'PARAM_UNKNOWN', message: /did you mean "slow"/ });
    assert.throws(() => params.set('toString', 1), { code: 'PARAM_UNKNOWN' });
    assert.throws(() => params.ramp('steps', new Float32Array(1), 1), { code: 'PARAM_TYPE' });
  });

  it('knows ahead what get will give', () => {
    const params = store();
    params.set('slow', 1);
    params.begin(3);
    assert.equal(params.isSteady('slow'), false);
    const ahead = [0, 1, 4, 7, 100].map((frames) => params.ahead('slow', 0, frames));
    near(ahead, [0.3, 0.4, 0.7, 1, 1]);
    params.begin(4);
    near([params.get('slow') as number], [0.7]);
    params.begin(4);
    assert.equal(params.isSteady('slow'), true);
    assert.ok(params.isSteady('steps') && params.isSteady('shape'));
    params.begin(100);
    assert.equal(params.ahead('slow', 0, -50), 1, 'and nothing that never was before the end of the tick');
    params.set('slow', 0);
    assert.equal(params.isSteady('slow'), false, 'a change that waits for the next tick');
  });

  it('knows ahead where a modulation takes a param that jumps, and not where it glides', () => {
    const params = store();
    params.set('jump', 0.25);
    params.modulate('slow', 0.5);
    params.begin(20);
    assert.equal(params.ahead('jump', 0.5, 10), 0.75);
    assert.equal(params.ahead('jump', 5, 10), 1);
    assert.equal(params.ahead('slow', 0.5, 10), 0.5, 'as long as the modulation stays');
    assert.ok(Number.isNaN(params.ahead('slow', 0.6, 10)));
    assert.ok(Number.isNaN(params.ahead('jump', Number.NaN, 10)));
    assert.throws(() => params.ahead('steps', 0, 1), { code: 'PARAM_TYPE' });
  });
});
