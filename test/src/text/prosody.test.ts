import assert from 'node:assert/strict';
import { PHONES } from '../../../models/index.js';
import type { PhonePlan } from '../../../nodes/index.js';
import { fromArpabet, pronouncer } from '../../../src/text/pronounce.js';
import { speechOf } from '../../../src/text/prosody.js';
import { readWords } from '../../../src/text/words.js';

const dictionary = new Map([
  ['the', 'DH AH0'],
  ['apple', 'AE1 P AH0 L'],
  ['moon', 'M UW1 N'],
  ['is', 'IH1 Z'],
  ['red', 'R EH1 D'],
  ['what', 'W AH1 T'],
]);
const plan = (text: string, seed = 1): PhonePlan =>
  speechOf(
    readWords(text).words,
    pronouncer(dictionary, () => ''),
    seed,
  ).plan;
const names = ({ phones }: PhonePlan): string => Array.from(phones, (phone) => PHONES[phone]).join(' ');
const rowsOf = (p: PhonePlan, name: string): number[] =>
  Array.from(p.phones).flatMap((phone, i) => (PHONES[phone] === name ? [p.rows[i]!] : []));

describe('the prosody of a text', () => {
  it('has a pause after each phrase, and the weak and the strong "the"', () => {
    assert.equal(names(plan('The apple, the moon.')), 'dh iy ae p ax l pau dh ax m uw n pau');
  });

  it('lengthens what is stressed and what is at the end', () => {
    const [early, late] = rowsOf(plan('moon red moon.'), 'uw') as [number, number];
    assert.ok(late > 1.2 * early, `${early} ${late}`);
    const pauses = rowsOf(plan('moon, moon. moon'), 'pau');
    assert.ok(pauses[0]! < pauses[1]!);
  });

  it('falls at the end of a statement and of an asking word, and rises in a question', () => {
    const end = (text: string): number => plan(text).prosody!.semitones.at(-1)!;
    assert.ok(end('The moon is red.') < -3);
    assert.ok(end('What is red?') < -3);
    assert.ok(end('Is the moon red?') > 3);
    assert.ok(end('the moon') < -3);
  });

  it('sinks in the course of a phrase, and has accents', () => {
    const { semitones } = plan('moon moon moon moon moon moon moon.').prosody!;
    assert.ok(semitones[1]! > semitones[13]! + 1);
    const { phones, prosody } = plan('the moon the');
    const vowels = Array.from(phones).flatMap((phone, i) =>
      ['ax', 'uw'].includes(PHONES[phone]!) ? [i] : [],
    );
    const [before, accented, after] = vowels.map((i) => prosody!.semitones[i]!) as [number, number, number];
    assert.ok(accented > before && accented > after);
  });

  it('hangs on the seed, and on nothing else', () => {
    assert.deepEqual(plan('The apple is red.', 7), plan('The apple is red.', 7));
    assert.notDeepEqual(plan('The apple is red.', 7), plan('The apple is red.', 8));
  });

  it('has numbers within bounds for every phone', () => {
    const { prosody, rows, count } = plan('The moon, the apple! Is the moon red? What is the moon.');
    for (let i = 0; i < count; i++) {
      assert.ok(Math.abs(prosody!.semitones[i]!) < 12);
      assert.ok(prosody!.levels[i]! >= 0 && prosody!.levels[i]! <= 1);
      assert.ok(rows[i]! >= 1 && rows[i]! < 200);
    }
    assert.ok(fromArpabet('AH0')[0]!.stress === 0);
  });
});
