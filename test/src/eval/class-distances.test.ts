import assert from 'node:assert/strict';
import { halvesDistance, soundDistances, steadiness } from '../../../src/eval/class-distances.js';
import { seededRandom } from '../../support/random.js';

const RATE = 16_000;

/** White noise through a one-pole filter, at an RMS. */
function noise(seconds: number, colour: number, rms: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  let state = 0;
  const sound = Float32Array.from({ length: seconds * RATE }, () => {
    state = colour * state + (1 - colour) * (random() - 0.5);
    return state;
  });
  const power = sound.reduce((sum, x) => sum + x * x, 0) / sound.length;
  return sound.map((x) => (x * rms) / Math.sqrt(power));
}

describe('distances between classes of sound', () => {
  const dark = noise(4, 0.95, 0.1, 1);
  const bright = noise(4, 0, 0.1, 2);

  it('a sound is nearest to another one of its kind', () => {
    const others = [noise(3, 0.95, 0.1, 3), noise(3, 0, 0.1, 4)];
    const [fromDark, fromBright] = soundDistances([dark, bright], others) as [number[], number[]];
    assert.ok(fromDark[0]! * 10 < fromDark[1]!, `${fromDark}`);
    assert.ok(fromBright[1]! * 10 < fromBright[0]!, `${fromBright}`);
  });

  it('a sound is at no distance from itself, and a steady one has halves that are near', () => {
    assert.ok(Math.abs(soundDistances([dark], [dark])[0]![0]!) < 1e-6);
    const changing = Float32Array.from([...dark, ...bright]);
    assert.ok(halvesDistance(dark) * 10 < halvesDistance(changing));
  });

  it('level tells a hole', () => {
    const { levelDb, leastDb } = steadiness(bright, RATE);
    assert.ok(Math.abs(levelDb + 20) < 0.01 && Math.abs(leastDb + 20) < 1, `${levelDb}, ${leastDb}`);
    const holed = bright.slice().fill(0, RATE, 1.2 * RATE);
    assert.equal(steadiness(holed, RATE).leastDb, -100);
  });
});
