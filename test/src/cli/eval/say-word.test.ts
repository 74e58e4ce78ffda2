import assert from 'node:assert/strict';
import { createReferenceStepper } from '../../../../models/index.js';
import { sayWord, WORD_START, wordInput } from '../../../../src/cli/eval/say-word.js';
import { NOTE_CONDITIONING } from '../../../support/note-conditioning.js';
import { tinyBundle } from '../../../support/tiny-bundle.js';
import { WORD_CONDITIONING, WORDS } from '../../../support/word-conditioning.js';

const sampling = { temperature: 1, topP: 1, topK: 0 };

describe('a word that a model says', () => {
  const conditioning = [...NOTE_CONDITIONING, ...WORD_CONDITIONING];
  const stepper = createReferenceStepper(tinyBundle({ conditioning }));
  after(() => stepper.dispose());
  const input = wordInput(conditioning, 16_000)!;
  const say = (word: number, seed = 1, guidance = 1) =>
    sayWord(stepper, input, word, 1600, { sampling, guidance, seed });

  it('is asked for at the input of its kind, which names its words', () => {
    assert.deepEqual(input, { input: 2, labels: WORDS });
    assert.equal(wordInput(NOTE_CONDITIONING, 16_000), undefined);
    const [words] = WORD_CONDITIONING;
    assert.deepEqual(wordInput([{ ...words!, labels: ['yes'] }], 16_000)!.labels, [], 'some have no name');
  });

  it('begins at its place, and is heard from there on', async () => {
    const [yes, no] = [await say(0), await say(1)];
    const first = yes.findIndex((x, i) => x !== no[i]);
    assert.ok(first >= WORD_START && first < WORD_START + 64, `${first}`);
    assert.deepEqual(await say(0), yes);
    assert.ok((await say(0, 2)).findIndex((x, i) => x !== yes[i]) < WORD_START, 'another seed');
  });

  it('counts as much as guidance says: at 0 no word is heard, above 1 another sound than at 1', async () => {
    assert.deepEqual(await say(0, 1, 0), await say(1, 1, 0));
    assert.notDeepEqual(await say(0, 1, 2), await say(1, 1, 2));
    assert.notDeepEqual(await say(0, 1, 2), await say(0));
  });
});
