import assert from 'node:assert/strict';
import { overlapAdd } from '../../../nodes/transform/overlap-add.js';
import { createBench } from '../../support/graph-harness.js';

const sound = (frame: number): number => 0.5 * Math.sin(frame * 0.07) + 0.3 * Math.sin(frame * 1.3);
const inputs = { audio: { audio: (frame: number, c: number) => sound(frame + 1000 * c), channels: 2 } };

describe('overlap-add', () => {
  for (const [windowFrames, hopFrames, window] of [
    [2048, 512, 'hann'],
    [63, 21, 'hann'],
    [96, 43, 'hann'],
    [43, 43, 'rectangle'],
    [1000, 250, 'sine'],
  ] as const) {
    it(`is its input after one window: ${window} ${windowFrames} / ${hopFrames}`, async () => {
      const bench = await createBench(overlapAdd, { settings: { windowFrames, hopFrames, window }, inputs });
      assert.equal(bench.latencyFrames, windowFrames);
      const channels = bench.render(windowFrames + 3000, [128, 7, 200]).audio.audio!;
      for (const [c, x] of channels.entries()) {
        for (let i = 0; i < x.length; i++) {
          const expected = i < windowFrames ? 0 : sound(i - windowFrames + 1000 * c);
          assert.ok(Math.abs(x[i]! - expected) < 1e-6, `channel ${c}, frame ${i}`);
        }
      }
      await bench.dispose();
    });
  }

  it('plays windows backwards when told', async () => {
    const bench = await createBench(overlapAdd, {
      settings: { windowFrames: 100, hopFrames: 100, window: 'rectangle' },
      params: { reverse: 1 },
      inputs: { audio: { audio: (frame) => frame / 1000 } },
    });
    const x = bench.render(400).audio.audio![0]!;
    for (let i = 0; i < 300; i++) {
      const window = Math.floor(i / 100);
      const expected = (100 * window + 99 - (i % 100)) / 1000;
      assert.ok(Math.abs(x[100 + i]! - expected) < 1e-6);
    }
    await bench.dispose();
  });

  it('reverses about the share of windows that it is told, the same ones for the same seed', async () => {
    const render = async (seed: number) => {
      const bench = await createBench(overlapAdd, {
        seed,
        settings: { windowFrames: 10, hopFrames: 10, window: 'rectangle' },
        params: { reverse: 0.3 },
        inputs: { audio: { audio: (frame) => frame % 10 } },
      });
      const x = bench.render(10010).audio.audio![0]!;
      await bench.dispose();
      return Array.from({ length: 1000 }, (_, k) => x[10 + 10 * k] === 9);
    };
    const first = await render(1);
    const share = first.filter(Boolean).length / 1000;
    assert.ok(Math.abs(share - 0.3) < 0.05, `${share}`);
    assert.deepEqual(await render(1), first);
    assert.notDeepEqual(await render(2), first);
  });

  it('refuses layouts that leave holes', async () => {
    for (const settings of [
      { windowFrames: 100, hopFrames: 101, window: 'rectangle' },
      { windowFrames: 100, hopFrames: 100, window: 'hann' },
      { windowFrames: 100.5, hopFrames: 50, window: 'hann' },
    ]) {
      await assert.rejects(createBench(overlapAdd, { settings }), { code: 'NODE_SETTING' });
    }
  });
});
