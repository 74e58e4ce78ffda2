import assert from 'node:assert/strict';
import { PHONES } from '../../../models/index.js';
import {
  fromIpa,
  loadPronouncer,
  type Pronounce,
  pronouncer,
  type SpokenPhone,
} from '../../../src/text/pronounce.js';

const named = (phones: readonly SpokenPhone[]): string =>
  phones.map(({ phone, stress }) => PHONES[phone]! + (stress < 0 ? '' : stress)).join(' ');

describe('the pronunciation of words', function () {
  this.timeout(240_000);
  let pronounce: Pronounce;
  before(async () => {
    pronounce = (await loadPronouncer())();
  });

  it('is that of the dictionary', () => {
    assert.equal(named(pronounce('Hello', false)), 'hh ax0 l ow1');
    assert.equal(named(pronounce("don't", false)), 'd ow1 n t');
    assert.equal(named(pronounce('extraordinary', false)), 'eh2 k s t r ax0 ao1 r d ax0 n eh2 r iy0');
  });

  it('adds the s of what belongs to somebody', () => {
    assert.equal(
      named(pronounce("zebra's", false)),
      named([...pronounce('zebra', false), ...pronounce('z', false).slice(0, 1)]),
    );
  });

  it('follows rules where no dictionary has the word', () => {
    const phones = named(pronounce('zorblax', false));
    assert.match(phones, /^z ao1 r b l a[xe]\d k s$/);
  });

  it('spells what has no vowel, initials, and what is no word', () => {
    assert.equal(named(pronounce('qwrtz', false)), named(pronounce('qwrtz', true)));
    assert.equal(named(pronounce('OSC', false)), 'ow1 eh1 s s iy1');
    assert.equal(named(pronounce('usa', true)), 'y uw1 eh1 s ey1');
    assert.equal(pronounce('ab'.repeat(40), false).filter(({ stress }) => stress === 1).length, 80);
  });

  it('asks for no more guesses than a text may take', () => {
    let asked = 0;
    const bounded = pronouncer(new Map(), () => `\u02c8${'a'.repeat(1 + (asked++ % 1))}`);
    for (let i = 0; i < 10_000; i++)
      bounded(`w${i.toString(26).replace(/\d/g, (digit) => 'qrstuvwxyz'[Number(digit)]!)}`, false);
    assert.ok(asked <= 4096);
  });

  it('reads IPA, and passes over signs that it does not know', () => {
    assert.equal(named(fromIpa('\u02c8t\u0283\u025dt\u0283 ? \u02ccb\u0254\u026a')), 'ch er1 ch b oy2');
  });
});
