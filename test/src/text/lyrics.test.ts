import assert from 'node:assert/strict';
import { PHONES } from '../../../models/index.js';
import { lyricsOf, syllablesOf } from '../../../src/text/lyrics.js';
import { fromArpabet, pronouncer } from '../../../src/text/pronounce.js';
import { readWords } from '../../../src/text/words.js';

const syllables = (arpabet: string): string =>
  syllablesOf(fromArpabet(arpabet))
    .map(({ phones, vowel }) => phones.map((phone, i) => (i === vowel ? '*' : '') + PHONES[phone]).join(' '))
    .join(' | ');

describe('syllables', () => {
  it('begin with what an English one can begin with', () => {
    assert.equal(syllables('T W IH1 NG K AH0 L'), 't w *ih ng | k *ax l');
    assert.equal(syllables('EH2 K S T R AH0'), '*eh k | s t r *ax');
    assert.equal(syllables('S IH1 NG IH0 NG'), 's *ih ng | *ih ng');
    assert.equal(syllables('W AH1 N D ER0'), 'w *ah n | d *er');
    assert.equal(syllables('AY1'), '*ay');
    assert.equal(syllables('HH M'), 'hh *m');
  });

  it('lie in a row, the first one at the end again, with short consonants', () => {
    const dictionary = new Map([
      ['spring', 'S P R IH1 NG'],
      ['asks', 'AE1 S K S'],
    ]);
    const { words } = readWords('Spring asks!');
    const { plan, starts, vowels, count } = lyricsOf(
      words,
      pronouncer(dictionary, () => ''),
    )!;
    assert.equal(count, 2);
    assert.deepEqual([...starts], [0, 5, 9, 14]);
    assert.deepEqual([...vowels], [3, 5, 12]);
    assert.deepEqual([...plan.phones.slice(9)], [...plan.phones.slice(0, 5)]);
    assert.ok(plan.rows.slice(0, 3).reduce((sum, rows) => sum + rows, 0) <= 20);
    assert.ok(plan.rows.slice(6, 9).reduce((sum, rows) => sum + rows, 0) <= 15);
  });

  it('are none where there are no words', () => {
    assert.equal(
      lyricsOf([], () => []),
      undefined,
    );
  });
});
