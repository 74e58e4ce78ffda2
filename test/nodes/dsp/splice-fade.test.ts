import assert from 'node:assert/strict';
import { SpliceFade } from '../../../nodes/dsp/splice-fade.js';

const FADE = 80;
/** The steepest that a sine of this step and amplitude 1 gets, plus the slope of the fades on top of it. */
const STEP = 0.05;
const STEEPEST = 2 * STEP + Math.PI / FADE;

/** Plays a sine with gaps and cuts where `plan` says so; `plan` names every frame. */
function play(plan: readonly ('sound' | 'missing' | 'cut')[]): number[] {
  const splice = new SpliceFade(FADE);
  const frame = new Float64Array(1);
  let phase = 0;
  return plan.map((what, i) => {
    if (what === 'cut') {
      splice.cut();
      phase += 1.3 + i;
    }
    if (what !== 'missing') {
      phase += STEP;
      frame[0] = Math.cos(phase);
    }
    splice.process(frame, what === 'missing' ? 0 : 1, 1);
    return frame[0]!;
  });
}

const many = (what: 'sound' | 'missing' | 'cut', count: number) => new Array(count).fill(what);

function assertSmooth(out: readonly number[]): void {
  for (let i = 1; i < out.length; i++) {
    assert.ok(Math.abs(out[i]! - out[i - 1]!) <= STEEPEST, `frame ${i}: from ${out[i - 1]} to ${out[i]}`);
  }
}

describe('SpliceFade', () => {
  it('fades in from silence, then leaves the sound as it is', () => {
    const out = play(many('sound', 300));
    assert.equal(out[0], 0);
    assertSmooth(out);
    for (let i = FADE; i < 300; i++)
      assert.equal(
        out[i],
        Math.cos(
          Array(i + 1)
            .fill(STEP)
            .reduce((a, b) => a + b),
        ),
      );
  });

  it('fades out into a gap, is silent in it, and fades in again, without a step', () => {
    const out = play([...many('sound', 200), ...many('missing', 300), ...many('sound', 200)]);
    assertSmooth(out);
    for (let i = 200 + FADE; i < 500; i++) assert.equal(out[i], 0);
    assert.ok(Math.abs(out[205]!) > 0.5, 'the gap begins with what was there');
  });

  it('survives gaps shorter than a fade, and gaps in quick succession', () => {
    const plan = Array.from({ length: 50 }, (_, k) => [
      ...many('sound', 3 + k * 5),
      ...many('missing', 1 + ((k * 7) % 90)),
    ]);
    assertSmooth(play([...many('sound', 200), ...plan.flat()]));
  });

  it('joins two sounds without a step and without a hole', () => {
    const out = play([
      ...many('sound', 200),
      'cut',
      ...many('sound', 200),
      'cut',
      ...many('sound', 10),
      'cut',
      ...many('sound', 99),
    ]);
    assertSmooth(out);
  });

  it('does the same in blocks as frame by frame', () => {
    const single = play([...many('sound', 150), ...many('missing', 50), ...many('sound', 100)]);
    const splice = new SpliceFade(FADE);
    const block = new Float64Array(300);
    let phase = 0;
    for (let i = 0; i < 300; i++) {
      if (i >= 150 && i < 200) continue;
      phase += STEP;
      block[i] = Math.cos(phase);
    }
    splice.process(block.subarray(0, 200), 150, 200);
    splice.process(block.subarray(200), 100, 100);
    assert.deepEqual([...block], single);
  });

  it('is silent before the first sound', () => {
    assert.deepEqual(play(many('missing', 200)), new Array(200).fill(0));
  });
});
