import assert from 'node:assert/strict';
import { PHONES } from '../../../models/index.js';
import {
  heldVowel,
  MOST_PHONES,
  type PhonePlan,
  parsePhones,
  parseSyllable,
  VOWELS,
} from '../../../nodes/conditioning/phone-text.js';

const shown = ({ phones, rows, count }: PhonePlan): string[] =>
  Array.from({ length: count }, (_, i) => `${PHONES[phones[i]!]}:${rows[i]}`);

function refused(text: string, parse = parsePhones): string {
  try {
    parse(text);
  } catch (error) {
    const { code, message, remedy } = error as { code?: string; message: string; remedy?: string };
    assert.equal(code, 'NODE_ARGUMENT', String(error));
    return `${message} ${remedy}`;
  }
  assert.fail(`"${text}" was taken`);
}

describe('phones as text', () => {
  it('have lengths in ms, or those of their kind', () => {
    assert.deepEqual(shown(parsePhones('hh:80 ah:120, l:60\n ow:200')), ['hh:20', 'ah:30', 'l:15', 'ow:50']);
    assert.deepEqual(shown(parsePhones('s aa pau t m')), ['s:25', 'aa:35', 'pau:50', 't:16', 'm:18']);
  });

  it('are read as dictionaries write them', () => {
    assert.deepEqual(shown(parsePhones('HH:40 AH0:40 L:40 OW1:40')), ['hh:10', 'ah:10', 'l:10', 'ow:10']);
  });

  it('keep their time: ends are rounded, and no phone is lost', () => {
    const { rows } = parsePhones(new Array(100).fill('aa:10.75').join(' '));
    assert.equal(
      rows.reduce((sum, length) => sum + length, 0),
      269,
    );
    assert.deepEqual(shown(parsePhones('aa:4 iy:4')), ['aa:1', 'iy:1']);
  });

  it('are refused with what was expected: no phone, none at all, too many, no length', () => {
    assert.match(refused('hh xx'), /"xx" is none.*pau aa ae/);
    assert.match(refused('  '), /there are none/);
    assert.match(refused(new Array(MOST_PHONES + 1).fill('aa').join(' ')), /200 phones at most.*201/);
    for (const word of ['aa:', 'aa:x', 'aa:-5', 'aa:1', 'aa:1e9', 'aa:5:5'])
      assert.match(refused(word), /4 to 20000 ms/);
    assert.match(refused(':80'), /"" is none/);
  });
});

describe('a syllable', () => {
  it('holds its last vowel, or what lasts', () => {
    assert.equal(parseSyllable('l aa').held, 1);
    assert.equal(parseSyllable('aa l ow n').held, 2);
    assert.equal(parseSyllable('m').held, 0);
    assert.equal(parseSyllable('s t').held, 0);
    assert.match(refused('b t', parseSyllable), /none.*Add a vowel/);
  });

  it('may be each of the vowels alone', () => {
    for (const vowel of VOWELS) assert.deepEqual(heldVowel(vowel), { ...parseSyllable(`${vowel}:4`) });
  });
});
