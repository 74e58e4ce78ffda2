import assert from 'node:assert/strict';
import { SPEECH_DIM, SPEECH_HOP, SPEECH_SOURCE_DIM, speechRows } from '../../../models/index.js';
import { takesSpeech, utteranceConditioning } from '../../../src/eval/utterance.js';
import { SPEECH_CONDITIONING, utteranceOf } from '../../support/speech.js';

describe('an utterance', () => {
  const utterance = utteranceOf(
    [
      ['m', 10],
      ['aa', 20],
    ],
    () => 200,
    { speaker: 'high' },
  );

  it('feeds the inputs of a model of the voice: rows, source and speaker', () => {
    assert.ok(takesSpeech(SPEECH_CONDITIONING));
    const [rows, source, speaker] = utteranceConditioning(SPEECH_CONDITIONING, utterance);
    assert.deepEqual(rows, speechRows(utterance.phones, utterance.pitchHz, utterance.loudness));
    assert.equal(rows!.length, 30 * SPEECH_DIM);
    assert.equal(source!.length, 30 * SPEECH_HOP * SPEECH_SOURCE_DIM);
    assert.deepEqual([...speaker!], new Array(30).fill([0, 1]).flat());
  });

  it('drops what it does not know', () => {
    const mood = { name: 'mood', dim: 2, rateHz: 100 };
    assert.ok(!takesSpeech([mood]));
    const unknown = { ...utterance, speaker: 'nobody' };
    const [dropped, , speaker] = utteranceConditioning([mood, ...SPEECH_CONDITIONING.slice(1)], unknown);
    assert.deepEqual([dropped, speaker], [undefined, undefined]);
  });
});
