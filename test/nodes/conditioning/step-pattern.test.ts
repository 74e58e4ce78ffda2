import assert from 'node:assert/strict';
import { checkedStep, MOST_STEPS, parsePattern, REST } from '../../../nodes/conditioning/step-pattern.js';

const refused = (message: RegExp) => (error: { code: string; message: string }) => {
  assert.equal(error.code, 'NODE_ARGUMENT');
  assert.match(error.message, message);
  return true;
};

describe('step pattern', () => {
  it('reads keys, rests and marks', () => {
    const step = (pitch: number, velocity = 100, probability = 1, gate = 1) => ({
      pitch,
      velocity,
      probability,
      gate,
    });
    assert.deepEqual(parsePattern('60 . 64@80\t67:0.5\n0 127*16 72@1:.25*0.5 5:1@7'), [
      step(60),
      REST,
      step(64, 80),
      step(67, 100, 0.5),
      step(0),
      step(127, 100, 1, 16),
      step(72, 1, 0.25, 0.5),
      step(5, 7),
    ]);
    assert.deepEqual(parsePattern('  '), []);
    assert.equal(parsePattern('60 '.repeat(MOST_STEPS)).length, MOST_STEPS);
  });

  it('refuses the rest, saying where and what was expected', () => {
    for (const [text, message] of [
      ['60 c4', /step 2 is a rest "\." or a key such as .* but was "c4"/],
      ['60@', /step 1 .* "60@"/],
      ['-1', /step 1/],
      ['60..5', /step 1/],
      ['60:1e9', /step 1/],
      ['128', /pitch is 0 to 127 but was 128/],
      ['60@128', /velocity is 0 to 127/],
      ['60:1.5', /probability is 0 to 1 but was 1\.5/],
      ['60*17', /gate is 0\.01 to 16/],
      ['60*0', /gate/],
      ['. '.repeat(MOST_STEPS + 1), /at most 32 steps but has 33/],
      ['6'.repeat(1001), /at most 1000 characters/],
    ] as const) {
      assert.throws(() => parsePattern(text), refused(message), text);
    }
    assert.throws(() => checkedStep(Number.NaN, 1), refused(/pitch/));
    assert.throws(() => checkedStep(60, 'loud'), refused(/velocity/));
  });
});
