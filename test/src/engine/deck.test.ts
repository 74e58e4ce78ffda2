import assert from 'node:assert/strict';
import { Deck, type DeckRun } from '../../../src/engine/deck.js';

const sampleRate = 1000;
const block = 10;

/** Puts out one level per channel and remembers what it was asked for. */
class Level implements DeckRun {
  readonly ticks: number[] = [];
  private readonly block: { channels: Float32Array[] };

  constructor(...levels: readonly number[]) {
    this.block = { channels: levels.map((level) => new Float32Array(block).fill(level)) };
  }

  tick(startFrame: number): void {
    this.ticks.push(startFrame);
  }

  output() {
    return this.block;
  }
}

function play(deck: Deck<Level>, numFrames: number, channel = 0, from = 0): number[] {
  const out: number[] = [];
  for (let at = 0; at < numFrames; at += block) {
    deck.tick(from + at, block);
    out.push(...deck.mix.channels[channel]!);
  }
  return out;
}

describe('Deck', () => {
  it('keeps the power of two patches through a cross-fade', () => {
    const retired: Level[] = [];
    const deck = new Deck<Level>(2, block, sampleRate, (run) => retired.push(run));
    // What is only on the left is the old one's gain, what is only on the right the new one's.
    const old = new Level(1, 0);
    deck.put(old, 0);
    deck.put(new Level(0, 1), 100);
    for (let at = 0; at < 100; at += block) {
      deck.tick(at, block);
      const [left, right] = deck.mix.channels as [Float32Array, Float32Array];
      for (let i = 0; i < block; i++) assert.ok(Math.abs(left[i]! ** 2 + right[i]! ** 2 - 1) < 1e-6);
    }
    assert.deepEqual(retired, [old]);
    deck.tick(100, block);
    assert.equal(old.ticks.length, 10);
    assert.equal(deck.mix.channels[1]![0], 1);
  });

  it('fades a patch that is replaced while it comes in from where it is', () => {
    const deck = new Deck<Level>(1, block, sampleRate, () => undefined);
    deck.put(new Level(1), 100);
    const rising = play(deck, 50);
    deck.put(new Level(0), 100);
    const falling = play(deck, 100);
    const steps = [...rising, ...falling].map((x, i, all) => (i === 0 ? 0 : Math.abs(x - all[i - 1]!)));
    assert.ok(Math.max(...steps) < 0.017, `${Math.max(...steps)}`);
    assert.equal(falling[99], 0);
  });

  it('is empty and silent after clear', () => {
    const retired: Level[] = [];
    const deck = new Deck<Level>(1, block, sampleRate, (run) => retired.push(run));
    deck.put(new Level(1), 0);
    deck.clear(20);
    assert.equal(deck.current, undefined);
    assert.deepEqual(play(deck, 40).slice(20), new Array(20).fill(0));
    assert.equal(retired.length, 1);
  });

  it('hurries the oldest when too many leave at once, and does not cut it off', () => {
    const retired: Level[] = [];
    const deck = new Deck<Level>(1, block, sampleRate, (run) => retired.push(run));
    const first = new Level(0.5);
    const out: number[] = [];
    deck.put(first, 0);
    // Each comes while those before it are still on their way out.
    for (const frames of [10, 1000, 500, 250, 120, 60]) {
      out.push(...play(deck, frames));
      deck.put(new Level(0.5), 10_000);
    }
    assert.equal([...deck.runs()].length, 6);
    out.push(...play(deck, 50));
    assert.deepEqual(retired[0], first);
    const steps = out.slice(1).map((x, i) => Math.abs(x - out[i]!));
    // A quarter sine of 0.5 in 30 ms at 1 kHz, and little of the others.
    assert.ok(Math.max(...steps) < 0.035, `${Math.max(...steps)}`);
  });

  it('ends the oldest when more leave than can play', () => {
    const retired: Level[] = [];
    const deck = new Deck<Level>(1, block, sampleRate, (run) => retired.push(run));
    const runs = Array.from({ length: 16 }, () => new Level(0.1));
    for (const run of runs) deck.put(run, 100);
    assert.deepEqual(retired, runs.slice(0, 3));
  });

  const widths = [
    ['one channel on all', 2, [0.5], [0.5, 0.5]],
    ['two channels on two', 2, [0.5, 0.25], [0.5, 0.25]],
    ['the first of three on two', 2, [0.5, 0.25, 1], [0.5, 0.25]],
    ['all of two on one', 1, [0.5, 0.25], [0.375]],
    ['two of four, the rest silent', 4, [0.5, 0.25], [0.5, 0.25, 0, 0]],
  ] as const;
  for (const [name, channels, levels, expected] of widths) {
    it(`hears ${name}`, () => {
      const deck = new Deck<Level>(channels, block, sampleRate, () => undefined);
      deck.put(new Level(...levels), 0);
      deck.tick(0, block);
      assert.deepEqual(
        deck.mix.channels.map((x) => x[3]),
        expected,
      );
    });
  }
});
