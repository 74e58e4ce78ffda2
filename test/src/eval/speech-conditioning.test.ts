import assert from 'node:assert/strict';
import { PHONES, SPEECH_DIM, SPEECH_LOUDNESS, SPEECH_OCTAVES } from '../../../models/index.js';
import { RandomSpeech } from '../../../src/eval/speech-conditioning.js';
import { rowsInBlocks } from '../../support/block-rows.js';
import { SPEECH_CONDITIONING } from '../../support/speech.js';

const SECONDS = 6;
const FRAMES = SECONDS * 16_000;

function rows(seed: number, size: number): (Float32Array | undefined)[] {
  return rowsInBlocks(new RandomSpeech(SPEECH_CONDITIONING, seed, size), SPEECH_CONDITIONING, FRAMES, size);
}

describe('random speech', () => {
  it('is the same again, in blocks of any size, and another one with another seed', () => {
    const whole = rows(3, FRAMES);
    for (const size of [64, 6400]) assert.deepEqual(rows(3, size), whole);
    assert.notDeepEqual(rows(4, 6400), whole);
    assert.equal(whole[2], undefined, 'speakers are none of its business');
  });

  it('is made of rows as they are defined', () => {
    const [speech, source] = rows(1, 6400);
    const heard = new Set<number>();
    for (let at = 0; at < speech!.length; at += SPEECH_DIM) {
      const phones = speech!.subarray(at, at + PHONES.length);
      assert.ok(Math.abs(phones.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-6);
      heard.add(phones.indexOf(Math.max(...phones)));
      const hz = 110 * 2 ** speech![at + SPEECH_OCTAVES]!;
      assert.ok(hz > 60 && hz < 400, `${hz} Hz`);
      assert.equal(speech![at + SPEECH_LOUDNESS], 1);
    }
    assert.ok(heard.size > 15, `${heard.size} phones`);
    assert.ok(source!.some((value) => value !== 0));
  });
});
