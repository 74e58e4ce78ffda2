import assert from 'node:assert/strict';
import { NOTE_HOP, type Performance } from '../../../models/index.js';
import { PerformanceConditioning } from '../../../src/eval/performance-conditioning.js';
import { NOTE_CONDITIONING, noteFrames } from '../../support/note-conditioning.js';

describe('the conditioning of a performance', () => {
  const performance: Performance = {
    notes: [
      { seconds: 0.004, endSeconds: 0.02, pitch: 60, velocity: 0.5 },
      { seconds: 0.0081, endSeconds: 0.03, pitch: 64, velocity: 1 },
      { seconds: 0.01, endSeconds: 0.03, pitch: 120, velocity: 1 },
    ],
    pedals: [{ seconds: 0.015, isDown: true }],
    seconds: 1,
  };
  const expected = noteFrames(
    [
      { frame: 1, play: (roll) => roll.noteOn(60, 0.5) },
      { frame: 3, play: (roll) => roll.noteOn(64, 1) },
      { frame: 4, play: (roll) => roll.pedal(true) },
      { frame: 5, play: (roll) => roll.noteOff(60) },
      { frame: 8, play: (roll) => roll.noteOff(64) },
    ],
    12,
  );

  for (const size of [1, 3, 12]) {
    it(`puts events on the next frame, in blocks of ${size}`, () => {
      const conditioning = new PerformanceConditioning(performance, NOTE_CONDITIONING, size * NOTE_HOP);
      const parts: number[][] = [[], []];
      for (let frame = 0; frame < 12; frame += size) {
        const block = conditioning.block(size * NOTE_HOP);
        for (const [input, part] of parts.entries()) part.push(...block[input]!);
      }
      for (const [input, part] of parts.entries()) assert.deepEqual(Float32Array.from(part), expected[input]);
    });
  }

  it('drops what notes do not feed', () => {
    const inputs = [{ name: 'mood', dim: 2, rateHz: 250 }, ...NOTE_CONDITIONING];
    const block = new PerformanceConditioning(performance, inputs, NOTE_HOP).block(NOTE_HOP);
    assert.deepEqual(
      block.map((frames) => frames?.length),
      [undefined, 178, 64 * 16],
    );
  });
});
