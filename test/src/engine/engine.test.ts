import assert from 'node:assert/strict';
import { type AudioBlock, msToFrames } from '../../../graph/index.js';
import type { ControlMessage } from '../../../src/control/index.js';
import { crossFadeMs, Engine, panicFadeMs } from '../../../src/engine/engine.js';
import type { EngineNotice } from '../../../src/engine/notice.js';
import type { EngineOptions } from '../../../src/engine/options.js';
import { fakeParts, patchOf } from './fake-parts.js';

const sampleRate = 48_000;
const blockFrames = 64;
/** Of the guard. */
const limiterFrames = msToFrames(1.5, sampleRate);

const opened: Engine[] = [];

async function engineOf(source: string, options: Partial<EngineOptions> = {}): Promise<Engine> {
  const engine = await Engine.create({
    patch: patchOf(source),
    presetName: source,
    mode: 'offline',
    sampleRate,
    blockFrames,
    channels: 2,
    seed: 1,
    parts: fakeParts(),
    ...options,
  });
  opened.push(engine);
  return engine;
}

/** Plays `numFrames` and returns the left channel. */
function play(engine: Engine, numFrames: number): Float32Array {
  const out = new Float32Array(numFrames);
  let at = 0;
  const tap = (block: AudioBlock, frames: number): void => {
    out.set(block.channels[0]!.subarray(0, frames), at);
    at += frames;
  };
  while (at < numFrames) engine.process(Math.min(blockFrames, numFrames - at), tap);
  return out;
}

function largestStep(x: Float32Array): number {
  let largest = 0;
  for (let i = 1; i < x.length; i++) largest = Math.max(largest, Math.abs(x[i]! - x[i - 1]!));
  return largest;
}

function peak(x: Float32Array): number {
  return x.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
}

const setValue = (value: number): ControlMessage => ({
  kind: 'param',
  nodeId: 'source',
  name: 'value',
  value,
});

describe('Engine', () => {
  afterEach(async () => {
    for (const engine of opened.splice(0)) await engine.close();
  });

  it('sends a patch of one channel to all channels of the sink', async () => {
    const engine = await engineOf('steady');
    play(engine, 256);
    const { channels } = engine.output;
    assert.equal(channels.length, 2);
    for (const channel of channels) assert.ok(Math.abs(channel[10]! - 0.5) < 1e-6);
  });

  it('applies timed messages on their very frame, inside a block', async () => {
    const engine = await engineOf('steady');
    for (const frame of [1001, 1002, 1100]) engine.apply({ frame, message: setValue(frame / 4000) });
    const out = play(engine, 2048);
    const changes = [...out.keys()].filter((i) => i > limiterFrames && out[i] !== out[i - 1]);
    assert.deepEqual(
      changes,
      [1001, 1002, 1100].map((frame) => frame + limiterFrames),
    );
    assert.ok(Math.abs(out[1100 + limiterFrames]! - 1100 / 4000) < 1e-6);
  });

  it('applies a message whose frame has passed with the next tick', async () => {
    const engine = await engineOf('steady');
    play(engine, 640);
    engine.apply({ frame: 0, message: setValue(0.25) });
    const out = play(engine, 640);
    assert.ok(Math.abs(out[limiterFrames - 1]! - 0.5) < 1e-6);
    assert.ok(Math.abs(out[limiterFrames]! - 0.25) < 1e-6);
  });

  it('makes the same samples whatever the size of the blocks', async () => {
    const whole = play(await engineOf('noise'), 960);
    const engine = await engineOf('noise');
    const parts: number[] = [];
    for (const frames of [1, 7, 63, 64, 200, 625]) {
      engine.process(frames, (block, ticked) => parts.push(...block.channels[0]!.subarray(0, ticked)));
    }
    assert.deepEqual(Float32Array.from(parts), whole);
  });

  it('cross-fades to another patch without a click and disposes of the old one', async () => {
    const engine = await engineOf('sine');
    play(engine, 4800);
    const steady = largestStep(play(engine, 4800));
    await engine.loadPatch(patchOf('steady', { value: 0.3 }), 'steady');
    const fading = play(engine, msToFrames(crossFadeMs, sampleRate) + limiterFrames);
    // A fade of 30 ms adds at most (pi / 2) / 1440 of a full-scale signal to each step.
    assert.ok(largestStep(fading) < steady + 0.002, `${largestStep(fading)}`);
    const after = play(engine, 4800);
    assert.ok(Math.abs(after[0]! - 0.3) < 1e-4);
    assert.equal(largestStep(after.subarray(64)), 0);
    assert.equal(engine.facts().presetName, 'steady');
  });

  it('keeps what plays when a patch cannot be built', async () => {
    const engine = await engineOf('steady');
    await assert.rejects(engine.loadPatch(patchOf('no-such-type'), 'x'), { code: 'GRAPH_UNKNOWN_TYPE' });
    const out = play(engine, 640);
    assert.ok(Math.abs(out[639]! - 0.5) < 1e-6);
    assert.equal(engine.facts().presetName, 'steady');
  });

  it('is silent after /panic, then plays the patch anew with its params', async () => {
    const engine = await engineOf('steady');
    engine.apply({ frame: 0, message: setValue(0.4) });
    play(engine, 4800);
    engine.apply({ frame: 0, message: { kind: 'panic' } });
    const fading = play(engine, msToFrames(panicFadeMs, sampleRate) + limiterFrames);
    assert.ok(largestStep(fading) < 0.01, `${largestStep(fading)}`);
    assert.equal(peak(play(engine, 480)), 0);
    await engine.idle();
    play(engine, msToFrames(crossFadeMs, sampleRate) + limiterFrames);
    assert.ok(Math.abs(play(engine, 64)[63]! - 0.4) < 1e-6);
  });

  it('gives every node a fresh memory by /panic', async () => {
    const engine = await engineOf('ramp');
    const before = play(engine, 48_000);
    assert.ok(before[47_999]! > 0.04);
    engine.apply({ frame: 0, message: { kind: 'panic' } });
    play(engine, 480);
    await engine.idle();
    const after = play(engine, 4800);
    assert.ok(peak(after) < 0.006, `${peak(after)}`);
    assert.ok(after[4799]! > 0.004);
  });

  it('goes on after two panics in a row', async () => {
    const engine = await engineOf('steady');
    engine.apply({ frame: 0, message: { kind: 'panic' } });
    engine.apply({ frame: 0, message: { kind: 'panic' } });
    play(engine, 64);
    engine.apply({ frame: 0, message: { kind: 'panic' } });
    play(engine, 64);
    await engine.idle();
    assert.ok(Math.abs(play(engine, 4800)[4799]! - 0.5) < 1e-6);
  });

  it('fades master gain and mute, and starts where it is told', async () => {
    const engine = await engineOf('steady', { muted: true, masterGainDb: -6 });
    assert.equal(peak(play(engine, 4800)), 0);
    engine.apply({ frame: 0, message: { kind: 'master-mute', muted: false } });
    const rising = play(engine, 4800);
    assert.ok(largestStep(rising) < 0.002, `${largestStep(rising)}`);
    assert.ok(Math.abs(rising[4799]! - 0.5 * 10 ** (-6 / 20)) < 1e-4);
    engine.apply({ frame: 0, message: { kind: 'master-gain', gainDb: -120 } });
    const falling = play(engine, 4800);
    assert.ok(largestStep(falling) < 0.01, `${largestStep(falling)}`);
    assert.equal(falling[4799], 0);
  });

  it('answers actions, with a result and with a failure', async () => {
    const engine = await engineOf('steady');
    const notices: EngineNotice[] = [];
    engine.notices$.subscribe((notice) => notices.push(notice));
    const replyTo = { via: 'osc', token: 7, address: '/node/source/double' } as const;
    engine.apply({
      frame: 0,
      message: { kind: 'action', nodeId: 'source', name: 'double', args: [21], replyTo },
    });
    engine.apply({
      frame: 0,
      message: {
        kind: 'action',
        nodeId: 'source',
        name: 'fail',
        args: [],
        replyTo: { ...replyTo, token: 8 },
      },
    });
    play(engine, 64);
    await engine.idle();
    const orders = notices.flatMap((notice) => (notice.kind === 'reply' ? [notice.order] : []));
    assert.deepEqual(
      orders.find(({ token }) => token === 7),
      { token: 7, ok: true, results: [42] },
    );
    const failed = orders.find(({ token }) => token === 8);
    assert.ok(failed !== undefined && !failed.ok && failed.message.includes('it was asked to'));
  });

  it('tells of a message for a node that the patch does not have, and plays on', async () => {
    const engine = await engineOf('steady');
    const codes: string[] = [];
    engine.notices$.subscribe((notice) => notice.kind === 'warning' && codes.push(notice.code));
    engine.apply({ frame: 0, message: { kind: 'param', nodeId: 'gone', name: 'x', value: 1 } });
    play(engine, 64);
    assert.deepEqual(codes, ['GRAPH_UNKNOWN_NODE']);
  });

  it('refuses messages beyond the bound of its queue, and tells', async () => {
    const engine = await engineOf('steady');
    const codes: string[] = [];
    engine.notices$.subscribe((notice) => notice.kind === 'warning' && codes.push(notice.code));
    for (let i = 0; i < 5000; i++) engine.apply({ frame: 1e9, message: setValue(0) });
    assert.deepEqual(codes, ['ENGINE_QUEUE_FULL']);
  });

  it('publishes its numbers for other threads', async () => {
    const engine = await engineOf('steady', { masterGainDb: -6 });
    play(engine, 48_000);
    const numbers = engine.statusPage.read()!;
    assert.equal(numbers.frame, 48_000);
    assert.equal(numbers.masterGainDb, -6);
    assert.ok(Math.abs(numbers.peak - 0.5 * 10 ** (-6 / 20)) < 1e-4);
    assert.equal(numbers.graphLatencyFrames, limiterFrames);
    assert.ok(numbers.loadPeak >= numbers.loadMean && numbers.loadMean > 0);
  });
});
