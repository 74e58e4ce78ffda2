import assert from 'node:assert/strict';
import { cardinalWords, digitWords, ordinalWords, yearWords } from '../../../src/text/numbers.js';

describe('numbers as words', () => {
  it('are named up to trillions, and read digit by digit beyond', () => {
    const cases: Readonly<Record<string, string>> = {
      '0': 'zero',
      '13': 'thirteen',
      '42': 'forty two',
      '100': 'one hundred',
      '1001': 'one thousand one',
      '12345': 'twelve thousand three hundred forty five',
      '1000000': 'one million',
      '999999999999999':
        'nine hundred ninety nine trillion nine hundred ninety nine billion nine hundred ninety nine million nine hundred ninety nine thousand nine hundred ninety nine',
      '007': 'zero zero seven',
    };
    for (const [digits, words] of Object.entries(cases)) assert.equal(cardinalWords(digits).join(' '), words);
    assert.equal(cardinalWords('1'.repeat(16)).length, 16);
    assert.deepEqual(digitWords('408'), ['four', 'zero', 'eight']);
  });

  it('have an order', () => {
    const ordinals = ['1', '2', '3', '5', '8', '9', '12', '20', '21', '100', '103'].map((digits) =>
      ordinalWords(digits).join(' '),
    );
    assert.deepEqual(ordinals, [
      'first',
      'second',
      'third',
      'fifth',
      'eighth',
      'ninth',
      'twelfth',
      'twentieth',
      'twenty first',
      'one hundredth',
      'one hundred third',
    ]);
  });

  it('may be years', () => {
    assert.equal(yearWords('1999')?.join(' '), 'nineteen ninety nine');
    assert.equal(yearWords('1905')?.join(' '), 'nineteen oh five');
    assert.equal(yearWords('1800')?.join(' '), 'eighteen hundred');
    assert.equal(yearWords('2026')?.join(' '), 'twenty twenty six');
    for (const none of ['2004', '999', '12345', '3000']) assert.equal(yearWords(none), undefined);
  });
});
