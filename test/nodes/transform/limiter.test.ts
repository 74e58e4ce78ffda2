import assert from 'node:assert/strict';
import { Subject } from 'rxjs';
import type { NodeInput } from '../../../graph/index.js';
import { limiter } from '../../../nodes/transform/limiter.js';
import { createBench } from '../../support/graph-harness.js';

describe('limiter', () => {
  it('declares 1.5 ms and is that late', async () => {
    for (const [sampleRate, frames] of [
      [48000, 72],
      [44100, 66],
      [16000, 24],
    ] as const) {
      const bench = await createBench(limiter, {
        sampleRate,
        inputs: { audio: { audio: (frame) => (frame === 10 ? 0.5 : 0) } },
      });
      assert.equal(bench.latencyFrames, frames);
      assert.equal(bench.render(200).audio.audio![0]!.indexOf(0.5), 10 + frames);
      await bench.dispose();
    }
  });

  it('keeps to its ceiling in decibels', async () => {
    const inputs = { audio: { audio: (frame: number) => 4 * Math.sin(frame), channels: 2 } };
    for (const ceilingDb of [0, -1, -6, -24]) {
      const bench = await createBench(limiter, { params: { ceilingDb }, inputs });
      const peak = Math.max(...bench.render(4000).audio.audio!.flatMap((x) => [...x].map(Math.abs)));
      const ceiling = 10 ** (ceilingDb / 20);
      assert.ok(peak <= ceiling && peak > 0.95 * ceiling, `${peak} for ${ceiling}`);
      await bench.dispose();
    }
  });

  it('comes back faster with a shorter release', async () => {
    const inputs = { audio: { audio: (frame: number) => (frame === 100 ? 8 : 0.5) } };
    const levels: number[] = [];
    for (const releaseMs of [10, 500]) {
      const bench = await createBench(limiter, { params: { releaseMs }, inputs });
      levels.push(bench.render(3000).audio.audio![0]![2999]!);
      await bench.dispose();
    }
    assert.ok(levels[0]! > 0.49 && levels[1]! < 0.2, `${levels}`);
  });

  it('tells of values that are no finite numbers, once a tick, with their count', async () => {
    // The runner silences a node that makes a NaN, so the operator is driven by hand.
    const bench = await createBench(limiter, { inputs: { audio: { audio: () => 0.5 } } });
    const { context } = bench.run.prepared.nodes.find(({ compiled }) => compiled.id === 'node')!;
    const warnings: string[] = [];
    const operator = limiter.create(
      {
        ...context,
        settings: {},
        inputChannels: () => 1,
        outputChannels: () => 1,
        isConnected: () => true,
        params: {
          get: (name) => limiter.params[name].default as never,
          ramp: (name, out, numFrames) => out.fill(limiter.params[name as 'ceilingDb'].default, 0, numFrames),
          ahead: (name) => limiter.params[name as 'ceilingDb'].default,
          isSteady: () => true,
        },
        foresee: () => undefined,
        foreseeRows: () => undefined,
        inputAhead: () => false,
        random: () => 0,
        onAction: () => undefined,
        warn: (code, message) => warnings.push(`${code}: ${message}`),
      },
      undefined,
    );
    const ticks = new Subject<NodeInput<typeof limiter.inputs>>();
    const out: number[] = [];
    operator(ticks).subscribe(({ audio }) => out.push(...audio.channels[0]!.subarray(0, 100)));
    for (let tick = 0; tick < 4; tick++) {
      const block = new Float32Array(100).fill(0.5);
      if (tick === 1) block.fill(Number.NaN, 20, 23);
      ticks.next({ tick: { startFrame: 100 * tick, numFrames: 100 }, in: { audio: { channels: [block] } } });
    }
    await bench.dispose();
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /^NODE_NOT_FINITE: 3 frames/);
    assert.ok(out.every(Number.isFinite));
    assert.ok(Math.abs(out[120 + 72]!) < 1e-9 && out[120]! > 0.49);
  });
});
