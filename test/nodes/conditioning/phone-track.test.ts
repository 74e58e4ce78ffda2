import assert from 'node:assert/strict';
import { PHONES, SPEECH_DIM, speechRows } from '../../../models/index.js';
import { heldVowel, parsePhones, parseSyllable, wholeOf } from '../../../nodes/conditioning/phone-text.js';
import { PhoneTrack } from '../../../nodes/conditioning/phone-track.js';
import { bytesPerCall } from '../../support/heap.js';

const SIZE = PHONES.length;
const number = (phone: string): number => PHONES.indexOf(phone);

/** The next rows, (count, phones). */
function rowsOf(track: PhoneTrack, count: number): Float32Array {
  const into = new Float32Array(count * SIZE);
  for (let row = 0; row < count; row++) track.write(into, row * SIZE);
  return into;
}

/** What is heard most, row by row, runs as one. */
function heardIn(rows: Float32Array): string[] {
  const heard: string[] = [];
  for (let at = 0; at < rows.length; at += SIZE) {
    const weights = rows.subarray(at, at + SIZE);
    const sum = weights.reduce((total, weight) => total + weight, 0);
    assert.ok(Math.abs(sum - 1) < 1e-6, `the weights sum to ${sum}`);
    const most = PHONES[weights.indexOf(Math.max(...weights))]!;
    if (heard.at(-1) !== most) heard.push(most);
  }
  return heard;
}

describe('a phone track', () => {
  it('is silent until something is said, and after it', () => {
    const track = new PhoneTrack();
    assert.ok(track.isDone);
    assert.deepEqual(heardIn(rowsOf(track, 20)), ['pau']);
    track.say(wholeOf(parsePhones('hh ah l ow')));
    assert.ok(!track.isDone);
    assert.deepEqual(heardIn(rowsOf(track, 300)), ['pau', 'hh', 'ah', 'l', 'ow', 'pau']);
    assert.ok(track.isDone);
  });

  for (const text of ['hh:80 ah:120 l:60 ow:200', 'b:4 aa:8 z:12 iy:100 t:4 t:4 uw:20', 'aa:4']) {
    it(`says "${text}" as the model heard it in training`, () => {
      const plan = parsePhones(text);
      const track = new PhoneTrack();
      // The plan begins with the boundary in the middle of the first blend.
      const reach = Math.min(5, plan.rows[0]! >> 1);
      const lead = 50;
      let end = lead;
      const segments = [{ phone: 0, end: lead }];
      for (let i = 0; i < plan.count; i++) {
        end += plan.rows[i]!;
        segments.push({ phone: plan.phones[i]!, end });
      }
      segments.push({ phone: 0, end: end + 50 });
      const count = end + 50;
      const expected = speechRows(segments, new Array(count).fill(110), new Array(count).fill(1));
      rowsOf(track, 7);
      track.say(wholeOf(plan));
      const rows = rowsOf(track, count - lead + reach);
      for (let row = 0; row < count - lead + reach; row++) {
        const from = (row + lead - reach) * SPEECH_DIM;
        assert.deepEqual(
          rows.slice(row * SIZE, (row + 1) * SIZE),
          expected.slice(from, from + SIZE),
          `row ${row} of "${text}"`,
        );
      }
    });
  }

  it('holds a vowel until it is let go, then says what follows it', () => {
    const track = new PhoneTrack();
    track.say(wholeOf(parseSyllable('l aa n:80')));
    assert.deepEqual(heardIn(rowsOf(track, 2000)), ['pau', 'l', 'aa']);
    track.letGo(30);
    assert.ok(!track.isEnding, 'a coda follows');
    track.letGo(30);
    const rows = rowsOf(track, 100);
    assert.deepEqual(heardIn(rows), ['aa', 'n', 'pau']);
    assert.ok(track.isDone);
  });

  it('lets a vowel without coda go on for its release', () => {
    const track = new PhoneTrack();
    track.say(wholeOf(heldVowel('ow')));
    rowsOf(track, 100);
    track.letGo(30);
    assert.ok(track.isEnding);
    const rows = rowsOf(track, 60);
    const share = (row: number) => rows[row * SIZE + number('ow')]!;
    assert.deepEqual([share(0), share(24)], [1, 1]);
    assert.ok(share(30) < 1 && share(34) > 0);
    assert.equal(share(35), 0);
  });

  it('says a vowel that was let go before it began for 60 ms', () => {
    const track = new PhoneTrack();
    track.say(wholeOf(parseSyllable('s:80 iy')));
    rowsOf(track, 3);
    track.letGo(2);
    const rows = rowsOf(track, 100);
    assert.deepEqual(heardIn(rows), ['pau', 's', 'iy', 'pau']);
    const heard = Array.from({ length: 100 }, (_, row) => rows[row * SIZE + number('iy')]!);
    assert.equal(Math.round(heard.reduce((sum, share) => sum + share, 0)), 15);
  });

  it('goes from whatever sounds to a new plan in a straight line', () => {
    const track = new PhoneTrack();
    track.say(wholeOf(heldVowel('aa')));
    rowsOf(track, 4);
    track.say(wholeOf(heldVowel('iy')));
    const rows = rowsOf(track, 20);
    let before = -1;
    for (let row = 0; row < 20; row++) {
      const share = rows[row * SIZE + number('iy')]!;
      assert.ok(share > before || share === 1);
      before = share;
    }
    assert.equal(before, 1);
  });

  it('changes the vowel that is held, and no other', () => {
    const track = new PhoneTrack();
    track.changeHeld(number('iy'));
    track.say(wholeOf(parseSyllable('l aa')));
    rowsOf(track, 60);
    track.changeHeld(number('uw'));
    assert.deepEqual(heardIn(rowsOf(track, 60)), ['aa', 'uw']);
    track.say(wholeOf(parsePhones('aa:100')));
    track.changeHeld(number('iy'));
    assert.deepEqual(heardIn(rowsOf(track, 60)), ['uw', 'aa', 'pau']);
  });

  it('stops', () => {
    const track = new PhoneTrack();
    track.say(wholeOf(heldVowel('aa')));
    rowsOf(track, 60);
    track.stop();
    const rows = rowsOf(track, 20);
    assert.deepEqual(heardIn(rows), ['aa', 'pau']);
    assert.equal(rows[10 * SIZE], 1);
  });

  it('goes on from a copy with the same bits, and does not allocate', () => {
    const track = new PhoneTrack();
    track.say(wholeOf(parsePhones('hh ah l ow')));
    rowsOf(track, 33);
    const copy = new PhoneTrack();
    copy.copyFrom(track);
    assert.deepEqual(rowsOf(copy, 100), rowsOf(track, 100));
    const plan = parseSyllable('l aa');
    const into = new Float32Array(SIZE);
    let turn = 0;
    const bytes = bytesPerCall(() => {
      if (turn++ % 40 === 0) track.say(wholeOf(plan));
      if (turn % 40 === 20) track.letGo(7);
      copy.copyFrom(track);
      track.write(into, 0);
    }, 5000);
    assert.ok(bytes < 64, `${bytes} bytes`);
  });
});
