import assert from 'node:assert/strict';
import { createWindow, isCola, type WindowShape } from '../../../nodes/dsp/window.js';
import { WindowedStream } from '../../../nodes/dsp/windowed-stream.js';
import { seededRandom } from '../../support/random.js';

/** Windows even and odd, the awkward 43, 63 and 96 among them, with all hops that divide them and some that do not. */
const WINDOWS = [32, 43, 63, 64, 96, 100, 255, 512, 1023, 2048, 8192];
const BLOCKS = [1, 7, 64, 128, 1000];

function hopsOf(windowFrames: number): number[] {
  const overlaps = [2, 3, 4, 7, 8];
  const whole = overlaps.map((overlap) => windowFrames / overlap).filter(Number.isInteger);
  return [...whole, Math.floor(windowFrames / 2.5), Math.floor(windowFrames / 5) - 1];
}

function noise(numFrames: number, seed: number): Float64Array {
  const random = seededRandom(seed);
  return Float64Array.from({ length: numFrames }, () => 2 * random() - 1);
}

function through(stream: WindowedStream, input: Float64Array, blocks: readonly number[]): Float64Array {
  const out = new Float64Array(input.length);
  for (let done = 0, turn = 0; done < input.length; turn++) {
    const n = Math.min(blocks[turn % blocks.length]!, input.length - done);
    stream.process([input.subarray(done, done + n)], [out.subarray(done, done + n)], n, () => {});
    done += n;
  }
  return out;
}

function assertDelayed(out: Float64Array, input: Float64Array, delay: number, tolerance: number): void {
  for (let i = 0; i < out.length; i++) {
    const expected = i < delay ? 0 : input[i - delay]!;
    assert.ok(Math.abs(out[i]! - expected) <= tolerance, `frame ${i}: ${out[i]} for ${expected}`);
  }
}

describe('WindowedStream', () => {
  for (const windowFrames of WINDOWS) {
    it(`gives its input back after exactly one window of ${windowFrames}`, () => {
      const input = noise(3 * windowFrames + 500, windowFrames);
      for (const hopFrames of hopsOf(windowFrames)) {
        const isExact = isCola(createWindow('hann', windowFrames), hopFrames);
        const stream = new WindowedStream({ channels: 1, windowFrames, hopFrames, shape: 'hann' });
        assert.equal(stream.latencyFrames, windowFrames);
        const out = through(stream, input, [64]);
        // Without COLA the ripple is divided out, where it is small with a little more rounding.
        assertDelayed(out, input, windowFrames, isExact ? 1e-12 : 1e-10);
      }
    });
  }

  it('does so for every shape', () => {
    const input = noise(1000, 5);
    for (const shape of ['hann', 'sine', 'triangle', 'rectangle'] satisfies WindowShape[]) {
      const stream = new WindowedStream({ channels: 1, windowFrames: 96, hopFrames: 24, shape });
      assertDelayed(through(stream, input, [50]), input, 96, 1e-12);
    }
  });

  it('gives the same bits at any block size', () => {
    const input = noise(5000, 9);
    const options = { channels: 1, windowFrames: 255, hopFrames: 60, shape: 'hann' } as const;
    const expected = through(new WindowedStream(options), input, [128]);
    for (const block of BLOCKS) {
      assert.deepEqual(through(new WindowedStream(options), input, [block]), expected);
    }
    assert.deepEqual(through(new WindowedStream(options), input, BLOCKS), expected);
  });

  it('shows each chunk to the transform once, in order, with the input it covers', () => {
    const input = Float64Array.from({ length: 400 }, (_, i) => i + 1);
    const stream = new WindowedStream({ channels: 1, windowFrames: 100, hopFrames: 50, shape: 'hann' });
    const seen: { index: number; first: number; last: number }[] = [];
    stream.process([input], [new Float64Array(400)], 400, (chunk, windowFrames, index) => {
      seen.push({ index, first: chunk[0]![0]!, last: chunk[0]![windowFrames - 1]! });
    });
    assert.deepEqual(seen.slice(0, 4), [
      { index: 0, first: 0, last: 0 },
      { index: 1, first: 0, last: 50 },
      { index: 2, first: 1, last: 100 },
      { index: 3, first: 51, last: 150 },
    ]);
    assert.equal(seen.length, 8);
  });
});
