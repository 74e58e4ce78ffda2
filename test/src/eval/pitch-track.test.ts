import assert from 'node:assert/strict';
import { PITCH_HOP, trackPitch } from '../../../src/eval/pitch-track.js';
import { seededRandom } from '../../support/random.js';

const RATE = 16_000;

/** `harmonics` partials that fall by 6 dB an octave, at a pitch that may move. */
function tone(hzAt: (seconds: number) => number, seconds = 1, harmonics = 12): Float32Array {
  let phase = 0;
  return Float32Array.from({ length: seconds * RATE }, (_, n) => {
    const hz = hzAt(n / RATE);
    phase += hz / RATE;
    let x = 0;
    for (let k = 1; k <= harmonics && k * hz < 7000; k++) x += (0.2 / k) * Math.cos(2 * Math.PI * k * phase);
    return x;
  });
}

const timeOf = (row: number): number => ((row + 0.5) * PITCH_HOP) / RATE;
const cents = (hz: number, of: number): number => 1200 * Math.log2(hz / of);

describe('the pitch tracker', () => {
  for (const hz of [62, 75, 110, 155.6, 220, 333, 440, 600]) {
    it(`finds ${hz} Hz within 3 cents`, () => {
      const found = trackPitch(tone(() => hz));
      for (const one of found.subarray(10, -10)) {
        assert.ok(one > 0 && Math.abs(cents(one, hz)) < 3, `${one} Hz`);
      }
    });
  }

  it('finds a pitch whose fundamental is missing', () => {
    const full = tone(() => 140);
    const first = Float32Array.from(full, (x, n) => x - 0.2 * Math.cos((2 * Math.PI * 140 * (n + 1)) / RATE));
    for (const one of trackPitch(first).subarray(10, -10))
      assert.ok(Math.abs(cents(one, 140)) < 5, `${one} Hz`);
  });

  it('follows a glide and a vibrato in the middle of its row', () => {
    for (const curve of [
      (t: number) => 100 * 2 ** t,
      (t: number) => 180 * 2 ** ((0.5 / 12) * Math.sin(2 * Math.PI * 5.5 * t)),
    ]) {
      const found = trackPitch(tone(curve));
      const errors = Array.from(found.subarray(10, -10), (one, i) =>
        Math.abs(cents(one, curve(timeOf(i + 10)))),
      );
      assert.ok(Math.max(...errors) < 12, `${Math.max(...errors)} cents`);
    }
  });

  it('finds it in noise 15 dB below', () => {
    const random = seededRandom(1);
    const clean = tone(() => 150);
    const power = clean.reduce((sum, x) => sum + x * x, 0) / clean.length;
    const deviation = Math.sqrt((power * 10 ** -1.5 * 12) / 1);
    const found = trackPitch(clean.map((x) => x + deviation * (random() - 0.5)));
    const errors = Array.from(found.subarray(10, -10), (one) => Math.abs(cents(one, 150))).sort(
      (a, b) => a - b,
    );
    assert.ok(errors[Math.floor(errors.length / 2)]! < 10 && errors.at(-1)! < 50, `${errors.at(-1)} cents`);
  });

  it('finds none in silence and in noise', () => {
    const random = seededRandom(2);
    assert.ok(trackPitch(new Float32Array(RATE)).every((hz) => hz === 0));
    assert.ok(
      trackPitch(new Float32Array(RATE).fill(0.3))
        .subarray(20, -20)
        .every((hz) => hz === 0),
    );
    const noise = trackPitch(Float32Array.from({ length: RATE }, () => random() - 0.5));
    const share = noise.filter((hz) => hz > 0).length / noise.length;
    assert.ok(share < 0.02, `${share} of noise`);
  });

  it('says row by row where there is one', () => {
    const sound = tone(() => 200);
    sound.fill(0, 0, RATE / 2);
    const found = trackPitch(sound);
    assert.equal(found.length, 250);
    const first = found.findIndex((hz) => hz > 0);
    assert.ok(Math.abs(first - 125) <= 4, `row ${first}`);
  });
});
