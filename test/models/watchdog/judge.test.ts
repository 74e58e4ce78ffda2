import assert from 'node:assert/strict';
import type { Sampling } from '../../../models/stepper.js';
import { Judge } from '../../../models/watchdog/judge.js';
import type { WatchdogSettings } from '../../../models/watchdog/settings.js';
import { seededRandom } from '../../support/random.js';

const FRAMES = 64;
const SETTINGS: WatchdogSettings = {
  windowFrames: FRAMES,
  fadeFrames: 40,
  maxPower: FRAMES * 0.1,
  heardPower: FRAMES * 1e-4,
  maxSurprise: FRAMES * 256 * 7,
  minSurprise: FRAMES * 256 * 0.02,
};
const SAMPLING: Sampling = { temperature: 1, topP: 1, topK: 0 };

interface Window {
  readonly amplitude?: number;
  readonly bits?: number;
  readonly isFlat?: boolean;
  readonly faultyDraws?: number;
  readonly sampling?: Sampling;
}

const uniform = seededRandom(4);

/** Plays one window to the judge, in blocks of `block`. */
function play(judge: Judge, window: Window = {}, block = FRAMES) {
  const { amplitude = 0.1, bits = 3, isFlat = false, faultyDraws = 0, sampling = SAMPLING } = window;
  const out = Float32Array.from({ length: FRAMES }, () =>
    isFlat || uniform() < 0.5 ? amplitude : -amplitude,
  );
  for (let t = 0; t < FRAMES; t += block) {
    const count = Math.min(block, FRAMES - t);
    judge.add(out.subarray(t), count, sampling, count * bits * 256, t === 0 ? faultyDraws : 0);
  }
  assert.equal(judge.framesLeft, 0);
  return judge.close();
}

/** Windows of this kind until the verdict; Infinity without one. */
function windowsUntil(cause: string, window: Window): number {
  const judge = new Judge(SETTINGS);
  for (let i = 0; i < 20; i++) assert.equal(play(judge), undefined);
  for (let i = 1; i < 100; i++) {
    const verdict = play(judge, window);
    if (verdict === undefined) continue;
    assert.equal(verdict, cause);
    return i;
  }
  return Number.POSITIVE_INFINITY;
}

describe('the judge of the watchdog', () => {
  it('takes its time for what is too loud or too noisy, less for both, and none for what is not finite', () => {
    assert.equal(windowsUntil('level', { amplitude: 0.5 }), 6);
    assert.equal(windowsUntil('noise', { bits: 7.5 }), 6);
    assert.equal(windowsUntil('noise', { amplitude: 0.5, bits: 7.5 }), 3);
    assert.equal(windowsUntil('not-finite', { faultyDraws: 1 }), 1);
  });

  it('knows a model that is stuck: at one value sooner than in a cycle, and not in silence', () => {
    assert.equal(windowsUntil('stuck', { isFlat: true }), 8);
    assert.equal(windowsUntil('stuck', { bits: 0 }), 32);
    assert.equal(windowsUntil('stuck', { bits: 0, amplitude: 0.001 }), Number.POSITIVE_INFINITY);
  });

  it('lets loud moments pass that come and go', () => {
    const judge = new Judge(SETTINGS);
    for (let i = 0; i < 100; i++) {
      assert.equal(play(judge, i % 10 < 5 ? { amplitude: 0.5, bits: 3 } : {}), undefined, `window ${i}`);
    }
  });

  it('stands back where noise was asked for, and for a second after it', () => {
    const hot = { ...SAMPLING, temperature: 2 };
    const judge = new Judge(SETTINGS);
    const noise = { amplitude: 0.5, bits: 8 };
    for (let i = 0; i < 50; i++) assert.equal(play(judge, { ...noise, sampling: hot }), undefined);
    assert.equal(judge.calmWindows, 0);
    for (let i = 0; i < 15 + 2; i++) assert.equal(play(judge, noise), undefined, `window ${i}`);
    assert.equal(play(judge, noise), 'noise');
  });

  it('stands back where next to nothing may be chosen, but for what is not finite', () => {
    for (const narrow of [{ temperature: 0 }, { topP: 0.1 }, { topK: 1 }]) {
      const sampling = { ...SAMPLING, ...narrow };
      assert.equal(windowsUntil('stuck', { isFlat: true, bits: 0, sampling }), Number.POSITIVE_INFINITY);
      assert.equal(windowsUntil('not-finite', { faultyDraws: 2, sampling }), 1);
    }
  });

  it('judges noise by nothing where the surprise is not known, and level all the same', () => {
    assert.equal(windowsUntil('', { bits: Number.NaN }), Number.POSITIVE_INFINITY);
    assert.equal(windowsUntil('level', { bits: Number.NaN, amplitude: 0.5 }), 6);
  });

  it('counts calm windows, whatever blocks they come in', () => {
    const judge = new Judge(SETTINGS);
    for (let i = 0; i < 10; i++) play(judge, {}, 1 + i);
    assert.equal(judge.calmWindows, 10);
    play(judge, { bits: 7.5 });
    assert.equal(judge.calmWindows, 0);
  });
});
