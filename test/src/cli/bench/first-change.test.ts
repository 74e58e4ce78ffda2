import assert from 'node:assert/strict';
import {
  firstDifference,
  firstLevelChange,
  firstSoundChange,
} from '../../../../src/cli/bench/latency/first-change.js';
import { seededRandom } from '../../../support/random.js';

const uniform = seededRandom(3);
const noise = Float32Array.from({ length: 2000 }, () => 0.2 * (uniform() - 0.5));

describe('the first change of a level', () => {
  const fader = (gainAt: (i: number) => number) => ({
    still: noise,
    moved: noise.map((x, i) => Math.fround(x * gainAt(i))),
  });
  /** 1 dB over 20 ms at 48 kHz, from frame 700 on. */
  const move = (i: number): number => 0.5 * 10 ** (Math.min(Math.max(i - 699, 0), 960) / 960 / 20);

  it('is found at its first frame, however slowly it moves', () => {
    assert.equal(firstLevelChange(fader(move), 600, 2000), 700);
  });

  it('is not taken for one where nothing moves, or before it comes', () => {
    assert.equal(
      firstLevelChange(
        fader(() => 0.5),
        600,
        2000,
      ),
      undefined,
    );
    assert.equal(firstLevelChange(fader(move), 600, 700), undefined);
  });

  it('tells nothing while another move goes on, and in silence', () => {
    assert.equal(firstLevelChange(fader(move), 800, 2000), undefined);
    const silence = new Float32Array(2000);
    assert.equal(firstLevelChange({ moved: silence, still: silence }, 600, 2000), undefined);
  });
});

describe('the first change of a sound', () => {
  const shift = 300;
  /** What is heard begins `shift` frames later than expected, and is another sound from frame 900 on. */
  const heard = Float32Array.from({ length: 1500 }, (_, i) => (i < 900 ? noise[i + shift]! : noise[i]!));

  it('is found wherever the sound began', () => {
    assert.equal(firstSoundChange(heard, noise, 700, 1500), 900);
  });

  it('is not taken for one where nothing changes', () => {
    assert.equal(firstSoundChange(heard, noise, 700, 899), undefined);
  });

  it('tells nothing where the sound is not the expected one: a gap, silence, an earlier change', () => {
    assert.equal(firstSoundChange(heard, noise, 950, 1500), undefined);
    assert.equal(firstSoundChange(new Float32Array(1500), noise, 700, 1500), undefined);
    assert.equal(firstSoundChange(heard, noise, 50, 1500), undefined, 'too little before it');
  });
});

describe('the first difference of two sounds', () => {
  const pairFrom = (frame: number) => ({ still: noise, moved: noise.map((x, i) => (i < frame ? x : -x)) });

  it('is found where one of them is moved', () => {
    assert.equal(firstDifference(pairFrom(900), 700, 1500), 900);
  });

  it('is not taken for one where nothing changes, and tells nothing where they differed before', () => {
    assert.equal(firstDifference(pairFrom(900), 700, 899), undefined);
    assert.equal(firstDifference(pairFrom(690), 700, 1500), undefined);
    assert.equal(firstDifference(pairFrom(900), 50, 1500), undefined, 'too little before it');
    const silence = new Float32Array(2000);
    assert.equal(firstDifference({ still: silence, moved: noise }, 700, 1500), undefined);
  });
});
