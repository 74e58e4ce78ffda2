import assert from 'node:assert/strict';
import { CaptureLoop } from '../../../src/audio-input/capture-loop.js';
import type { CaptureListener, CaptureProgram } from '../../../src/audio-input/capture-program.js';

const wish = { device: 'mic', channels: 1, firstChannel: 1, sampleRate: 48_000, pieceFrames: 128 } as const;
const format = { device: 'A Mic', sampleRate: 48_000, channels: 1 };

class FakeProgram implements CaptureProgram {
  readonly listeners: CaptureListener[] = [];
  stops = 0;
  constructor(readonly name: string) {}
  start(_wish: unknown, listener: CaptureListener) {
    this.listeners.push(listener);
    return { stop: () => this.stops++ };
  }
  get last(): CaptureListener {
    return this.listeners.at(-1)!;
  }
}

function setUp() {
  const programs = [new FakeProgram('first'), new FakeProgram('second')] as const;
  const told: { code?: string; message: string }[] = [];
  let heard = 0;
  const loop = new CaptureLoop(programs, wish, {
    opened: () => undefined,
    sound: (bytes) => {
      heard += bytes.length;
    },
    tell: (news) => told.push(news),
  });
  loop.start();
  return {
    loop,
    first: programs[0],
    second: programs[1],
    told,
    codes: () => told.map(({ code }) => code),
    heard: () => heard,
    look: (times: number) => {
      for (let k = 0; k < times; k++) loop.look();
    },
  };
}

describe('an input that is kept open', () => {
  const absent = { code: 'AUDIO_INPUT_ABSENT', sentence: 'first sees no input "mic"' } as const;
  const missing = { code: 'AUDIO_INPUT_UNAVAILABLE', sentence: 'second is not installed' } as const;
  const sound = new Uint8Array(64);

  it('is that of the first program that has it', () => {
    const { first, second, told, heard } = setUp();
    assert.equal(second.listeners.length, 0);
    first.last.ended(absent);
    second.last.opened(format);
    second.last.sound(sound);
    assert.equal(heard(), 64);
    assert.deepEqual(told, [{ message: 'Listens to the input "A Mic", 48000 Hz.' }]);
  });

  it('is waited for where nothing has it, and told once, whatever is asked', () => {
    const { first, second, told, codes, look } = setUp();
    first.last.ended(absent);
    second.last.ended(missing);
    assert.deepEqual(told, [
      {
        code: 'AUDIO_INPUT_ABSENT',
        message: 'The input "mic" is waited for: first sees no input "mic"; second is not installed.',
      },
    ]);
    for (let round = 0; round < 5; round++) {
      look(20);
      first.last.ended(absent);
      second.last.ended(missing);
    }
    assert.equal(first.listeners.length, 6);
    assert.deepEqual(codes(), ['AUDIO_INPUT_ABSENT']);
    look(20);
    first.last.opened(format);
    first.last.sound(sound);
    assert.equal(told.length, 2);
  });

  it('is lost when it ends or gives no sound, and is looked for again', () => {
    const { first, second, codes, look, heard } = setUp();
    first.last.opened(format);
    for (let k = 0; k < 20; k++) {
      first.last.sound(sound);
      look(1);
    }
    const lost = first.last;
    look(4);
    assert.deepEqual(codes(), [undefined, 'AUDIO_INPUT_LOST']);
    assert.equal(first.stops, 1);
    // What a dead one still says is not heard.
    lost.sound(sound);
    lost.ended(absent);
    assert.equal(heard(), 20 * 64);
    look(2);
    first.last.ended(absent);
    second.last.ended(missing);
    assert.deepEqual(codes(), [undefined, 'AUDIO_INPUT_LOST']);
    look(20);
    first.last.opened(format);
    first.last.ended({ code: 'AUDIO_INPUT_FAILED', sentence: 'it was pulled out' });
    assert.deepEqual(codes(), [undefined, 'AUDIO_INPUT_LOST', undefined, 'AUDIO_INPUT_LOST']);
  });

  it('is not waited for for ever where a program gives no answer', () => {
    const { first, second, look, codes } = setUp();
    look(40);
    assert.equal(first.stops, 1);
    second.last.ended(missing);
    assert.deepEqual(codes(), ['AUDIO_INPUT_FAILED']);
  });

  it('is left alone when it is stopped', () => {
    const { loop, first, told, look } = setUp();
    first.last.opened(format);
    loop.stop();
    assert.equal(first.stops, 1);
    look(40);
    assert.equal(first.listeners.length, 1);
    assert.equal(told.length, 1);
  });
});
