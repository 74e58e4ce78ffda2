import assert from 'node:assert/strict';
import {
  createReferenceStepper,
  DeEmphasis,
  decodeTable,
  encode,
  encodeSound,
  preEmphasised,
  scoreAudio,
} from '../../../models/index.js';
import { seededRandom } from '../../support/random.js';
import { tinyBundle } from '../../support/tiny-bundle.js';

const EMPHASIS = 0.85;
const quantiser = { kind: 'mu-law', levels: 256, startToken: 128 } as const;

describe('emphasis', () => {
  it('is the difference to the sample before, and is undone, in blocks of any size', () => {
    const audio = noise(1000, 0.5);
    const emphasised = preEmphasised({ emphasis: EMPHASIS }, audio);
    assert.equal(emphasised[0], audio[0]);
    assert.equal(emphasised[7], Math.fround(audio[7]! - EMPHASIS * audio[6]!));
    const deEmphasis = new DeEmphasis({ emphasis: EMPHASIS });
    const undone = emphasised.slice();
    for (let at = 0, size = 1; at < undone.length; at += size, size = (size * 7) % 61) {
      deEmphasis.apply(undone.subarray(at), Math.min(size, undone.length - at));
    }
    for (const [t, sample] of audio.entries()) assert.ok(Math.abs(undone[t]! - sample) < 1e-6, `sample ${t}`);
  });

  it('ends a tail at the same sample in blocks of any size', () => {
    const played = (size: number): Float32Array => {
      const deEmphasis = new DeEmphasis({ emphasis: EMPHASIS });
      const samples = new Float32Array(900).fill(0.5, 0, 20);
      for (let at = 0; at < samples.length; at += size) {
        deEmphasis.apply(samples.subarray(at), Math.min(size, samples.length - at));
      }
      return samples;
    };
    const whole = played(900);
    assert.ok(whole[200] !== 0 && whole[899] === 0);
    for (const size of [1, 7, 64, 128]) assert.deepEqual(played(size), whole, `blocks of ${size}`);
  });

  it('begins after silence when it is reset', () => {
    const deEmphasis = new DeEmphasis({ emphasis: EMPHASIS });
    deEmphasis.apply(Float32Array.of(1), 1);
    const next = Float32Array.of(0.25);
    deEmphasis.apply(next.fill(0.25), 1);
    assert.equal(next[0], Math.fround(0.25 + EMPHASIS));
    deEmphasis.reset();
    deEmphasis.apply(next.fill(0.25), 1);
    assert.equal(next[0], 0.25);
  });

  it('leaves sound alone where there is none', () => {
    const audio = noise(100, 0.5);
    assert.deepEqual(preEmphasised({}, audio), audio);
    assert.deepEqual(encodeSound({ quantiser }, audio), encode(quantiser, audio));
    const samples = audio.slice();
    new DeEmphasis({}).apply(samples, samples.length);
    assert.deepEqual(samples, audio);
  });

  it('keeps what is soft and high under what is loud and low out of the noise of the quantiser', () => {
    const high = (t: number): number => 0.001 * Math.sin(2.5 * t);
    const audio = Float32Array.from({ length: 16_000 }, (_, t) => 0.3 * Math.sin(0.05 * t) + high(t));
    // What is left of the high tone, against what is beside it: energy of the second difference, which the low one hardly has.
    const errorOf = (emphasis: number): number => {
      const table = decodeTable(quantiser);
      const said = Float32Array.from(encodeSound({ quantiser, emphasis }, audio), (token) => table[token]!);
      new DeEmphasis({ emphasis }).apply(said, said.length);
      let energy = 0;
      for (let t = 2; t < said.length; t++) {
        const error = (k: number): number => said[k]! - audio[k]!;
        energy += (error(t) - 2 * error(t - 1) + error(t - 2)) ** 2;
      }
      return 10 * Math.log10(energy);
    };
    assert.ok(errorOf(EMPHASIS) < errorOf(0) - 12, `${errorOf(EMPHASIS)} dB, ${errorOf(0)} dB`);
  });

  it('is in what a model is given to hear: the score is that of the emphasised sound', async () => {
    const [plain, emphasised] = [tinyBundle(), tinyBundle({ emphasis: EMPHASIS })];
    const stepper = createReferenceStepper(plain);
    const audio = noise(500, 0.3);
    const expected = await scoreAudio(plain, stepper, preEmphasised({ emphasis: EMPHASIS }, audio));
    assert.deepEqual(await scoreAudio(emphasised, stepper, audio), expected);
    assert.notDeepEqual(await scoreAudio(plain, stepper, audio), expected);
  });
});

function noise(numFrames: number, amplitude: number): Float32Array {
  const random = seededRandom(5);
  return Float32Array.from({ length: numFrames }, () => amplitude * (2 * random() - 1));
}
