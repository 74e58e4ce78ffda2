import assert from 'node:assert/strict';
import { type ChunkGenerator, OverlapAdd } from '../../../nodes/dsp/overlap-add.js';

function create(maxWindowFrames: number, weightFloor = 1e-9): OverlapAdd {
  return new OverlapAdd({ channels: 1, maxWindowFrames, shape: 'hann', weightFloor });
}

/** Chunks of a sound that is a function of time: any window and hop must give it back. */
const sound = (frame: number): number => Math.sin(frame * 0.31) + 0.5 * Math.cos(frame * 1.7);
const ofSound: ChunkGenerator = (chunk, windowFrames, startFrame) => {
  for (let i = 0; i < windowFrames; i++) chunk[0]![i] = sound(startFrame + i);
};

describe('OverlapAdd', () => {
  it('gives back a sound cut into chunks, also while window and hop change', () => {
    const overlapAdd = create(512);
    const out = new Float64Array(64);
    const sizes = [
      [512, 128],
      [63, 21],
      [43, 10],
      [200, 99],
      [2, 1],
    ] as const;
    let frame = 0;
    for (let turn = 0; turn < 100; turn++) {
      const [windowFrames, hopFrames] = sizes[turn % sizes.length]!;
      overlapAdd.resize(windowFrames, hopFrames);
      overlapAdd.render([out], 0, 64, ofSound);
      for (let i = 0; i < 64; i++, frame++) {
        // A hann window is 0 at its first sample: until a second chunk overlaps there is nothing to divide.
        if (frame < 1) continue;
        assert.ok(Math.abs(out[i]! - sound(frame)) < 1e-9, `frame ${frame}`);
      }
    }
  });

  it('asks for a chunk exactly every hop, told where it starts', () => {
    const overlapAdd = create(100);
    overlapAdd.resize(100, 33);
    const starts: number[] = [];
    const out = [new Float64Array(1000)];
    for (const n of [1, 7, 64, 128, 300, 500]) {
      overlapAdd.render(out, 0, n, (_chunk, _windowFrames, startFrame) => starts.push(startFrame));
    }
    assert.deepEqual(
      starts,
      Array.from({ length: 31 }, (_, k) => k * 33),
    );
  });

  it('leaves pulses where chunks do not overlap, when the weight floor is 1', () => {
    const overlapAdd = create(32, 1);
    overlapAdd.resize(32, 64);
    const out = new Float64Array(128);
    overlapAdd.render([out], 0, 128, (chunk) => chunk[0]!.fill(1));
    for (let i = 0; i < 128; i++) {
      const within = i % 64;
      const expected = within < 32 ? 0.5 - 0.5 * Math.cos((2 * Math.PI * within) / 32) : 0;
      assert.ok(Math.abs(out[i]! - expected) < 1e-12);
    }
  });

  it('refuses a window that it has no memory for, and a hop of nothing', () => {
    const overlapAdd = create(32);
    assert.throws(() => overlapAdd.resize(33, 8), { code: 'NODE_ARGUMENT' });
    assert.throws(() => overlapAdd.resize(0, 8), { code: 'NODE_ARGUMENT' });
    assert.throws(() => overlapAdd.resize(16, 0), { code: 'NODE_ARGUMENT' });
  });
});
