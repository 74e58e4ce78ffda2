import assert from 'node:assert/strict';
import {
  BUILT_INS,
  type BuiltIn,
  builtIn,
  excerptOf,
  randomPerformance,
} from '../../../src/eval/material.js';

describe('material', () => {
  for (const name of Object.keys(BUILT_INS) as BuiltIn[]) {
    it(`${name} is the same every time, on the keyboard, and no key is struck while it is down`, () => {
      const { notes, seconds } = builtIn(name, 7);
      assert.deepEqual(builtIn(name, 7).notes, notes);
      const ends = new Map<number, number>();
      for (const { seconds: at, endSeconds, pitch, velocity } of [...notes].sort(
        (a, b) => a.seconds - b.seconds,
      )) {
        assert.ok(pitch >= 21 && pitch <= 108 && velocity > 0 && velocity <= 1);
        assert.ok(at >= (ends.get(pitch) ?? 0) && endSeconds > at && endSeconds < seconds);
        ends.set(pitch, endSeconds);
      }
    });
  }

  it('of chords has ten keys at once', () => {
    const { notes } = builtIn('chords', 2);
    for (let chord = 0; chord < 12; chord++)
      assert.equal(
        new Set(notes.filter(({ seconds }) => seconds === chord).map(({ pitch }) => pitch)).size,
        10,
      );
  });

  it('of an excerpt begins at its beginning, and keeps the pedal', () => {
    const whole = {
      notes: [1, 2, 3].map((seconds) => ({ seconds, endSeconds: seconds + 9, pitch: 60, velocity: 0.5 })),
      pedals: [
        { seconds: 0.5, isDown: true },
        { seconds: 2.5, isDown: false },
      ],
      seconds: 20,
    };
    const { notes, pedals, seconds } = excerptOf(whole, 1.5, 1);
    assert.deepEqual(notes, [{ seconds: 0.5, endSeconds: 2, pitch: 60, velocity: 0.5 }]);
    assert.deepEqual(pedals, [
      { seconds: 0, isDown: true },
      { seconds: 1, isDown: false },
    ]);
    assert.equal(seconds, 2);
  });

  it('of random notes lasts as long as is wished', () => {
    const { notes, seconds } = randomPerformance(1, 60);
    assert.equal(seconds, 60);
    assert.ok(notes.length > 240 && notes.length < 480, String(notes.length));
  });
});
