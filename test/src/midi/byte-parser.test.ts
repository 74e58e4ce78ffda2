import assert from 'node:assert/strict';
import { MidiByteParser } from '../../../src/midi/byte-parser.js';
import { actionOf, channelOf } from '../../../src/midi/meaning.js';
import { seededRandom } from '../../support/random.js';

const parsed = (...pieces: readonly (readonly number[])[]): number[][] => {
  const messages: number[][] = [];
  const parser = new MidiByteParser((...message) => messages.push(message));
  for (const piece of pieces) parser.feed(Uint8Array.from(piece));
  return messages;
};

describe('MIDI bytes', () => {
  it('are messages, in whatever pieces they come', () => {
    const stream = [0x90, 60, 100, 0x82, 60, 64, 0xb0, 64, 127, 0xc0, 5, 0xd0, 9, 0xe0, 1, 2];
    const expected = [
      [0x90, 60, 100],
      [0x82, 60, 64],
      [0xb0, 64, 127],
      [0xc0, 5, 0],
      [0xd0, 9, 0],
      [0xe0, 1, 2],
    ];
    assert.deepEqual(parsed(stream), expected);
    assert.deepEqual(parsed(...stream.map((byte) => [byte])), expected);
  });

  it('may leave out a status that is the same again', () => {
    assert.deepEqual(parsed([0x91, 60, 100, 62, 100, 60, 0]), [
      [0x91, 60, 100],
      [0x91, 62, 100],
      [0x91, 60, 0],
    ]);
  });

  it('have the clock between any two bytes', () => {
    assert.deepEqual(parsed([0x90, 0xf8, 60, 0xf8, 100, 0xfa, 62, 0xfe, 90]), [
      [0xf8, 0, 0],
      [0xf8, 0, 0],
      [0x90, 60, 100],
      [0xfa, 0, 0],
      [0xfe, 0, 0],
      [0x90, 62, 90],
    ]);
  });

  it('have exclusive data that mean nothing here, and end running status', () => {
    assert.deepEqual(parsed([0x90, 60, 1, 0xf0, 1, 2, 0xf8, 3, 0xf7, 60, 2, 0x90, 61, 3]), [
      [0x90, 60, 1],
      [0xf8, 0, 0],
      [0x90, 61, 3],
    ]);
    assert.deepEqual(parsed([0xf0, 1, 2, 0x80, 60, 0]), [[0x80, 60, 0]], 'broken off by a status');
    assert.deepEqual(parsed([0xf2, 1, 2, 60, 100, 0xf3, 7, 0xf1, 8, 9, 0x90, 5, 6]), [[0x90, 5, 6]]);
  });

  it('may be broken: what is whole is found', () => {
    assert.deepEqual(parsed([60, 100, 0x90, 60, 0x80, 61, 0, 0xf4, 1, 2, 0xf5, 0x90, 62, 1]), [
      [0x80, 61, 0],
      [0x90, 62, 1],
    ]);
    const random = seededRandom(5);
    for (let turn = 0; turn < 200; turn++) {
      const bytes = Array.from({ length: 64 }, () => Math.floor(random() * 256));
      for (const [status, data1, data2] of parsed(bytes)) {
        assert.ok(status! >= 0x80 && data1! < 128 && data2! < 128);
        actionOf(status!, data1!, data2!);
      }
    }
  });

  it('begin anew when a cable is plugged in again', () => {
    const messages: number[][] = [];
    const parser = new MidiByteParser((...message) => messages.push(message));
    parser.feed(Uint8Array.from([0x90, 60]));
    parser.reset();
    parser.feed(Uint8Array.from([100, 0x90, 61, 101]));
    assert.deepEqual(messages, [[0x90, 61, 101]]);
  });
});

describe('MIDI messages', () => {
  it('mean what a keyboard does', () => {
    const meaning = (...[status, data1 = 0, data2 = 0]: number[]) => {
      const action = actionOf(status!, data1, data2);
      return action === undefined ? undefined : [action.name, ...action.args];
    };
    assert.deepEqual(meaning(0x93, 60, 100), ['note', 60, 100]);
    assert.deepEqual(meaning(0x90, 60, 0), ['note', 60, 0]);
    assert.deepEqual(meaning(0x8f, 60, 64), ['note/off', 60]);
    assert.deepEqual(meaning(0xb0, 64, 64), ['pedal', true]);
    assert.deepEqual(meaning(0xb0, 64, 63), ['pedal', false]);
    assert.deepEqual(meaning(0xb0, 121, 0), ['controllers/reset']);
    assert.deepEqual(meaning(0xe3, 0, 64), ['bend', 0]);
    assert.deepEqual(meaning(0xe0, 0, 0), ['bend', -1]);
    assert.deepEqual(meaning(0xe0, 127, 127), ['bend', 1]);
    for (const controller of [120, 123, 124, 127]) assert.deepEqual(meaning(0xb0, controller), ['notes/off']);
    for (const controller of [0, 1, 7, 63, 65, 119, 122])
      assert.equal(meaning(0xb0, controller, 127), undefined);
    assert.deepEqual(meaning(0xf8), ['clock']);
    assert.deepEqual(meaning(0xfa), ['clock/start']);
    assert.deepEqual(meaning(0xfb), ['clock/continue']);
    assert.deepEqual(meaning(0xfc), ['clock/stop']);
    assert.deepEqual(meaning(0xff), ['notes/off']);
    for (const status of [0xa0, 0xc0, 0xd0, 0xf2, 0xf9, 0xfd, 0xfe])
      assert.equal(meaning(status, 1, 2), undefined);
    assert.deepEqual([0x90, 0x9f, 0xf8].map(channelOf), [1, 16, undefined]);
  });
});
