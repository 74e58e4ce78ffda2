import assert from 'node:assert/strict';
import { MOST_TEXT, readWords } from '../../../src/text/words.js';

const read = (text: string): string =>
  readWords(text)
    .words.map(({ text, isSpelt, pause }) => (isSpelt ? `*${text}` : text) + pause)
    .join(' ');

describe('the words of a text', () => {
  const cases: readonly (readonly [text: string, words: string])[] = [
    ['Hello, world!', 'Hello, world!'],
    ['Is it?  Yes.', 'Is it? Yes.'],
    ['Dr. Smith lives at 12 Main St.', 'doctor Smith lives at twelve Main street.'],
    ['St. Mary etc. etc.', 'saint Mary et cetera et cetera.'],
    ['no. 5, e.g. U.S.A.', 'number five, for example *USA.'],
    ['It costs $5.50, 10,000 times.', 'It costs five dollars fifty cents, ten thousand times.'],
    ['50% of 3.14 at 10:05', 'fifty percent of three point one four at ten oh five'],
    ['the 21st of May 1999', 'the twenty first of May nineteen ninety nine'],
    ['-5 is minus; well-known - like this', 'minus five is minus, well known, like this'],
    ['na\u00efve caf\u00e9 don\u2019t \u201cquote\u201d', "naive cafe don't quote"],
    ['R&B + 1 = 2', 'R and B plus one equals two'],
    ['one\n\ntwo', 'one. two'],
    ['wait... (what) \u2014 no', 'wait. what, no'],
    ['mp3', 'mp three'],
    ['', ''],
    [' .,! ', ''],
  ];
  for (const [text, words] of cases) {
    it(`of ${JSON.stringify(text)}`, () => assert.equal(read(text), words));
  }

  it('leave out characters that it cannot say, and name them', () => {
    const { words, unsaid, numUnsaid } = readWords('snow \u2603\u2603 \u4f60\u597d \u{1f600} falls');
    assert.deepEqual(
      words.map(({ text }) => text),
      ['snow', 'falls'],
    );
    assert.deepEqual([...unsaid].sort(), ['\u2603', '\u4f60', '\u597d', '\u{1f600}'].sort());
    assert.equal(numUnsaid, 5);
    assert.equal(
      readWords(Array.from({ length: 100 }, (_, i) => String.fromCharCode(0x4e00 + i)).join('')).unsaid
        .length,
      8,
    );
  });

  it('are those of the beginning of a text that is too long', () => {
    const { words, leftOut } = readWords('word '.repeat(100_000));
    assert.ok(words.length * 5 + leftOut <= 500_001 && words.length > 26_000);
    assert.ok(leftOut >= 500_000 - MOST_TEXT);
  });

  it('come of anything', () => {
    for (const text of [
      '\ud800',
      '\u0000',
      "'''",
      '1'.repeat(5000),
      ',,1,,',
      '$',
      '1.',
      '.5',
      'a.a.a.',
      '5th%',
    ])
      readWords(text);
  });
});
