import assert from 'node:assert/strict';
import { deriveSeed } from '../../../graph/index.js';
import { MODEL_STREAMS } from '../../../nodes/index.js';
import { sashimi } from '../../../nodes/model/sashimi.js';
import { createBench, type HarnessOptions, type NodeBench, servicesOf } from '../../support/graph-harness.js';
import { fitSine } from '../dsp/fit-sine.js';
import { FakeModelStreams, FakeStream, type FakeStreamOptions } from '../fake-model-streams.js';

interface Setup {
  readonly bench: NodeBench;
  readonly stream: FakeStream;
  readonly streams: FakeModelStreams;
}

async function play(stream: FakeStreamOptions = {}, options: HarnessOptions = {}): Promise<Setup> {
  const fake = new FakeStream(stream);
  const streams = new FakeModelStreams(fake);
  const bench = await createBench(sashimi, { services: servicesOf([MODEL_STREAMS, streams]), ...options });
  return { bench, stream: fake, streams };
}

function steepest(x: Float32Array): number {
  let most = 0;
  for (let i = 1; i < x.length; i++) most = Math.max(most, Math.abs(x[i]! - x[i - 1]!));
  return most;
}

function warningsOf(bench: NodeBench): string[] {
  return bench.notices.filter(({ kind }) => kind === 'warning').map(({ code }) => code);
}

describe('sashimi', () => {
  for (const [modelRate, engineRate, latency] of [
    [16000, 48000, 48],
    [16000, 44100, 44],
    [22050, 48000, 35],
    [48000, 48000, 16],
  ] as const) {
    it(`plays a ${modelRate} Hz model at ${engineRate} Hz: same pitch, late by what it declares`, async () => {
      const hz = 500;
      const sound = (frame: number): number => 0.5 * Math.sin((2 * Math.PI * hz * frame) / modelRate);
      const { bench } = await play({ sampleRate: modelRate, sound }, { sampleRate: engineRate });
      assert.equal(bench.latencyFrames, latency);
      const x = bench.render(20000, [128, 1, 77]).audio.audio![0]!.subarray(4000);
      const { amplitude, phase, residual } = fitSine(x, hz / engineRate, 4000);
      assert.ok(Math.abs(amplitude - 0.5) < 1e-3 && residual < 1e-3, `${amplitude}, ${residual}`);
      const late = phase + (2 * Math.PI * hz * latency) / engineRate;
      assert.ok(Math.abs(Math.sin(late / 2)) < (Math.PI * hz * 0.51) / engineRate);
      await bench.dispose();
    });
  }

  it('opens the bundle that it is set to, with its own seed, and closes it at the end', async () => {
    const { bench, stream, streams } = await play(
      {},
      { mode: 'live', seed: 5, settings: { bundle: 'piano' } },
    );
    assert.deepEqual(streams.requests, [
      {
        nodeId: 'node',
        bundle: 'piano',
        seed: deriveSeed(5, 'node'),
        sampling: { temperature: 1, topP: 1, topK: 0, blend: 0 },
        mode: 'live',
        watchdog: true,
      },
    ]);
    assert.deepEqual(stream.seeds, [deriveSeed(5, 'node')]);
    assert.equal(stream.isClosed, false);
    await bench.dispose();
    assert.equal(stream.isClosed, true);
  });

  it('closes the stream again when its rate cannot be converted', async () => {
    const stream = new FakeStream({ sampleRate: 100 });
    const services = servicesOf([MODEL_STREAMS, new FakeModelStreams(stream)]);
    await assert.rejects(createBench(sashimi, { services }), { code: 'NODE_ARGUMENT' });
    assert.equal(stream.isClosed, true);
  });

  it('does not count the look-ahead as its own latency: the stream tells what control takes', async () => {
    const { bench } = await play({ lookAheadFrames: 320 }, { mode: 'live' });
    assert.equal(bench.latencyFrames, 48);
    await bench.dispose();
  });

  it('reads no more frames than it plays', async () => {
    const { bench, stream } = await play();
    bench.render(48000, [128, 5, 33]);
    assert.equal(stream.frame, 16000);
    await bench.dispose();
  });

  it('passes sampling on when it changes, before the frames that it is for', async () => {
    const { bench, stream } = await play({}, { params: { temperature: 0.8 } });
    bench.render(1000);
    bench.set('topP', 0.9);
    bench.set('topK', 12);
    bench.render(1000);
    assert.deepEqual(stream.samplings, [
      { temperature: 0.8, topP: 1, topK: 0 },
      { temperature: 0.8, topP: 0.9, topK: 12 },
    ]);
    await bench.dispose();
  });

  it('fades in, without a step', async () => {
    const { bench } = await play({ sound: () => 1 });
    const x = bench.render(2000).audio.audio![0]!;
    assert.ok(steepest(x) < 0.01);
    assert.ok(Math.abs(x[1999]! - 1) < 1e-3);
    await bench.dispose();
  });

  it('resets to a seed: a new sound fades in over the old one', async () => {
    const { bench, stream } = await play({ sound: (_frame, seed) => (seed === 7 ? -0.5 : 0.5) });
    const before = bench.render(4000).audio.audio![0]!;
    await bench.act('reset', 7);
    const after = bench.render(4000).audio.audio![0]!;
    assert.deepEqual(stream.seeds.slice(1), [7]);
    assert.ok(Math.abs(before[3999]! - 0.5) < 1e-3 && Math.abs(after[3999]! + 0.5) < 1e-3);
    assert.ok(steepest(Float32Array.of(...before.subarray(2000), ...after)) < 0.01);
    await bench.act('reset');
    assert.equal(stream.seeds.at(-1), bench.run.prepared.nodes[0]!.context.seed, 'without a seed, its own');
    await bench.dispose();
  });

  it('makes of an empty ring a faded gap, counts it once and tells', async () => {
    const lookAheadFrames = 320;
    const { bench, stream, streams } = await play({ lookAheadFrames, sound: () => 0.5 }, { mode: 'live' });
    const before = bench.render(6000).audio.audio![0]!;
    stream.supply = 100;
    const gap = bench.render(6000).audio.audio![0]!;
    assert.ok(
      gap.subarray(3000).every((x) => Math.abs(x) < 1e-6),
      'silence in the gap',
    );
    stream.supply = lookAheadFrames / 2 - 1;
    const waiting = bench.render(2000).audio.audio![0]!;
    assert.ok(
      waiting.every((x) => Math.abs(x) < 1e-6),
      'it waits for half of the ring',
    );
    stream.supply = Number.POSITIVE_INFINITY;
    const after = bench.render(6000).audio.audio![0]!;
    assert.ok(Math.abs(after[5999]! - 0.5) < 1e-3, 'and plays on');
    const all = Float32Array.of(...before.subarray(3000), ...gap, ...waiting, ...after);
    assert.ok(steepest(all) < 0.01, `${steepest(all)}`);
    assert.equal(streams.gaps.length, 1);
    assert.equal(streams.gaps[0]!.nodeId, 'node');
    assert.ok(streams.gaps[0]!.modelFrames > 0);
    assert.deepEqual(warningsOf(bench), ['MODEL_XRUN']);
    await bench.dispose();
  });

  it('counts every gap of a model that is too slow, and tells at most once a second', async () => {
    const { bench, stream, streams } = await play({ lookAheadFrames: 64 }, { mode: 'live' });
    for (let turn = 0; turn < 40; turn++) {
      stream.supply = 200;
      bench.render(1200);
    }
    assert.equal(streams.gaps.length, 40);
    assert.deepEqual(warningsOf(bench), ['MODEL_XRUN']);
    await bench.dispose();
  });

  it('tells once that its model has died, and not that it was late', async () => {
    const { bench, stream } = await play({ lookAheadFrames: 320 }, { mode: 'live' });
    bench.render(6000);
    stream.supply = 0;
    // The short read is counted, its cause not yet known: the fault is on its way.
    stream.numbers.xruns++;
    bench.render(1000);
    assert.deepEqual(warningsOf(bench), []);
    stream.numbers.fault = { code: 'MODEL_ONNX', message: 'The device is gone.' };
    bench.render(100_000);
    await bench.act('reset', 7);
    bench.render(6000);
    assert.deepEqual(warningsOf(bench), ['MODEL_ONNX']);
    const { message } = bench.notices.find(({ kind }) => kind === 'warning')!;
    assert.match(message, /stays silent\. The device is gone\. Load the preset again/);
    await bench.dispose();
  });

  it('tells once of each time that its model ran away, and why', async () => {
    const { bench, stream, streams } = await play({}, { settings: { watchdog: false } });
    assert.equal(streams.requests[0]!.watchdog, false);
    bench.render(1000);
    assert.deepEqual(warningsOf(bench), []);
    stream.numbers.runaways = 1;
    stream.numbers.runawayCauses.noise = 1;
    bench.render(1000);
    stream.numbers.runaways = 2;
    stream.numbers.runawayCauses['not-finite'] = 1;
    bench.render(1000);
    assert.deepEqual(streams.runaways, [
      { nodeId: 'node', cause: 'noise', runaways: 1 },
      { nodeId: 'node', cause: 'not-finite', runaways: 2 },
    ]);
    const warnings = bench.notices.filter(({ code }) => code === 'MODEL_RUNAWAY');
    assert.match(warnings[0]!.message, /^the model ran away: it fell into noise\. .*\(1 so far\)$/);
    await bench.dispose();
  });

  it('waits for the ring to fill at the start, which is no gap', async () => {
    const { bench, stream, streams } = await play(
      { lookAheadFrames: 320, sound: () => 0.5 },
      { mode: 'live' },
    );
    stream.supply = 0;
    assert.ok(bench.render(3000).audio.audio![0]!.every((x) => x === 0));
    stream.supply = Number.POSITIVE_INFINITY;
    assert.ok(Math.abs(bench.render(3000).audio.audio![0]![2999]! - 0.5) < 1e-3);
    assert.deepEqual(streams.gaps, []);
    await bench.dispose();
  });
});
