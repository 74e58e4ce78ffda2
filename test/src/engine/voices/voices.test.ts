/** Voices in a whole engine, without a model: every sample is known. */
import assert from 'node:assert/strict';
import { EMPTY } from 'rxjs';
import { type AudioBlock, defineNode, type GraphRun, type Patch, perBlock } from '../../../../graph/index.js';
import { Engine } from '../../../../src/engine/engine.js';
import type { EngineNotice } from '../../../../src/engine/notice.js';
import type { VoiceOrder } from '../../../../src/engine/voices/voice.js';
import { defaultVoiceLimit, mostVoices, Voices } from '../../../../src/engine/voices/voices.js';
import { bytesPerCall } from '../../../support/heap.js';
import { fakeParts, patchOf } from '../fake-parts.js';

const sampleRate = 48_000;
const blockFrames = 64;
const opened: Engine[] = [];

let built = 0;
let disposed = 0;
/** A steady level that counts how many of it there are. */
const counted = defineNode({
  type: 'counted',
  role: 'source',
  summary: 'Puts out a level.',
  params: {},
  inputs: {},
  outputs: { audio: { kind: 'audio', channels: 1 } },
  prepare: async () => {
    built++;
    return undefined;
  },
  dispose: async () => {
    disposed++;
  },
  create: (ctx) =>
    perBlock(() => {
      const result = { audio: { channels: [new Float32Array(ctx.maxBlockFrames).fill(0.1)] } };
      return () => result;
    }),
});

async function engineOf(channels = 2): Promise<Engine> {
  const engine = await Engine.create({
    patch: patchOf('steady', { value: 0 }),
    presetName: 'silence',
    mode: 'offline',
    sampleRate,
    blockFrames,
    channels,
    seed: 1,
    parts: fakeParts(counted),
  });
  opened.push(engine);
  return engine;
}

const order = (id: string, more: Partial<VoiceOrder> = {}, patch: Patch = patchOf('steady')): VoiceOrder => ({
  id,
  presetName: patch.title,
  priority: 0,
  gainDb: 0,
  azimuth: 0,
  distance: 1,
  patch,
  ...more,
});

/** Plays and returns one channel. */
function play(engine: Engine, numFrames: number, channel = 0, block = blockFrames): Float32Array {
  const out = new Float32Array(numFrames);
  let at = 0;
  const tap = (output: AudioBlock, frames: number): void => {
    out.set(output.channels[channel]!.subarray(0, frames), at);
    at += frames;
  };
  while (at < numFrames) engine.process(Math.min(block, numFrames - at), tap);
  return out;
}

function listen(engine: Engine): string[] {
  const heard: string[] = [];
  engine.notices$.subscribe((notice: EngineNotice) => {
    if (notice.kind === 'voice-started') heard.push(`+${notice.order.id}`);
    if (notice.kind === 'voice-ended') heard.push(`-${notice.id} ${notice.reason}`);
    if (notice.kind === 'warning' || notice.kind === 'fault') heard.push(`${notice.source} ${notice.code}`);
  });
  return heard;
}

const levelAfter = (engine: Engine, frames = 2400): number => play(engine, frames)[frames - 1]!;
const near = (got: number, wanted: number): void => assert.ok(Math.abs(got - wanted) < 1e-5, `${got}`);

describe('voices', () => {
  afterEach(async () => {
    for (const engine of opened.splice(0)) await engine.close();
  });

  it('sound beside what plays, each at its place', async () => {
    const engine = await engineOf();
    await engine.startVoice(order('a', { azimuth: -90 }));
    await engine.startVoice(order('b', { azimuth: 90, distance: 2 }));
    const left = play(engine, 2400, 0);
    near(left[2399]!, 0.5);
    near(play(engine, 2400, 1)[2399]!, 0.25);
    assert.equal(engine.statusPage.read()!.voices, 2);
  });

  it('are moved, set and ended by messages at their frames', async () => {
    const engine = await engineOf();
    const heard = listen(engine);
    await engine.startVoice(order('a', { azimuth: -90 }));
    near(levelAfter(engine), 0.5);
    engine.apply({ frame: 0, message: { kind: 'param', nodeId: 'a/source', name: 'value', value: 0.25 } });
    near(levelAfter(engine), 0.25);
    engine.apply({ frame: 0, message: { kind: 'param', nodeId: 'a/', name: 'gain', value: -20 } });
    near(levelAfter(engine), 0.025);
    engine.apply({ frame: 0, message: { kind: 'param', nodeId: 'a/', name: 'gain', value: 0 } });
    engine.apply({
      frame: 0,
      message: { kind: 'voice-place', voice: 'a', azimuth: 90, distance: 1, rampMs: 10 },
    });
    near(levelAfter(engine), 0);
    const frame = engine.frame + 100;
    engine.apply({ frame, message: { kind: 'voice-fade', voice: 'a', fadeMs: 10 } });
    play(engine, 100 + 480 + blockFrames);
    assert.deepEqual(heard, ['+a', '-a freed']);
    for (const message of [
      { kind: 'param', nodeId: 'a/source', name: 'value', value: 0 },
      { kind: 'voice-fade', voice: 'a', fadeMs: 1 },
    ] as const)
      engine.apply({ frame: 0, message });
    engine.process(blockFrames);
    assert.deepEqual(heard.slice(2), ['a/source VOICE_UNKNOWN', 'voices VOICE_UNKNOWN']);
  });

  it('answer actions of their nodes', async () => {
    const engine = await engineOf();
    await engine.startVoice(order('a'));
    const replies: unknown[] = [];
    engine.notices$.subscribe((notice) => {
      if (notice.kind === 'reply') replies.push(notice.order);
    });
    const replyTo = { via: 'osc', token: 5, address: '' } as const;
    for (const nodeId of ['a/source', 'b/source'])
      engine.apply({ frame: 0, message: { kind: 'action', nodeId, name: 'double', args: [4], replyTo } });
    engine.process(blockFrames);
    await engine.idle();
    assert.deepEqual(replies[0], {
      token: 5,
      ok: false,
      code: 'VOICE_UNKNOWN',
      message: 'No voice "b" plays.',
    });
    assert.deepEqual(replies[1], { token: 5, ok: true, results: [8] });
  });

  it('make the same samples whatever the size of the blocks', async () => {
    const made: Float32Array[] = [];
    for (const block of [64, 64, 17, 1]) {
      const engine = await engineOf(4);
      await engine.startVoice(order('a', { azimuth: 30, distance: 4 }, patchOf('noise')));
      await engine.startVoice(order('b', { azimuth: 300 }, patchOf('noise')));
      engine.apply({
        frame: 700,
        message: { kind: 'voice-place', voice: 'b', azimuth: 10, distance: 9, rampMs: 7 },
      });
      engine.apply({ frame: 901, message: { kind: 'voice-fade', voice: 'a', fadeMs: 4 } });
      made.push(play(engine, 1500, 1, block));
    }
    for (const again of made.slice(1)) assert.deepEqual(again, made[0]);
  });

  it('of one preset do not sound the same', async () => {
    const engine = await engineOf();
    await engine.startVoice(order('a', { azimuth: -90 }, patchOf('noise')));
    await engine.startVoice(order('b', { azimuth: 90 }, patchOf('noise')));
    const channels: Float32Array[] = [new Float32Array(64), new Float32Array(64)];
    play(engine, 640);
    engine.process(64, (output) => {
      channels.forEach((x, c) => {
        x.set(output.channels[c]!.subarray(0, 64));
      });
    });
    assert.notDeepEqual(channels[0], channels[1]);
  });

  it('make room: the least important, and of those the oldest, fades out in 10 ms', async () => {
    const engine = await engineOf();
    const heard = listen(engine);
    engine.apply({ frame: 0, message: { kind: 'voice-limit', limit: 2 } });
    engine.process(blockFrames);
    await engine.startVoice(order('low', { priority: 1 }));
    await engine.startVoice(order('high', { priority: 5 }));
    await assert.rejects(engine.startVoice(order('none', { priority: 0 })), { code: 'VOICE_LIMIT' });
    await engine.startVoice(order('same', { priority: 1 }));
    assert.equal(engine.statusPage.read()!.voices, 0);
    play(engine, 480 + blockFrames);
    const { voices, voicesStolen } = engine.statusPage.read()!;
    assert.deepEqual([voices, voicesStolen], [2, 1]);
    assert.deepEqual(heard, ['+low', '+high', '+same', '-low stolen']);
    engine.apply({ frame: 0, message: { kind: 'voice-limit', limit: 1 } });
    play(engine, 480 + 2 * blockFrames);
    assert.deepEqual(heard.slice(4), ['-same stolen']);
    engine.apply({ frame: 0, message: { kind: 'voice-limit', limit: 0 } });
    engine.process(blockFrames);
    await assert.rejects(engine.startVoice(order('x')), { code: 'VOICE_LIMIT' });
  });

  it('keep their ids apart, and give them up when they fade', async () => {
    const engine = await engineOf();
    const heard = listen(engine);
    await engine.startVoice(order('a'));
    await assert.rejects(engine.startVoice(order('a')), { code: 'VOICE_ID_TAKEN' });
    engine.apply({ frame: 0, message: { kind: 'voice-fade', voice: 'a', fadeMs: 100 } });
    engine.process(blockFrames);
    await engine.startVoice(order('a'));
    play(engine, 9600);
    assert.deepEqual(heard, ['+a', '-a freed', '+a']);
    assert.equal(engine.statusPage.read()!.voices, 1);
  });

  it('give their ids up to who is asked for in the same block', async () => {
    const engine = await engineOf();
    const heard = listen(engine);
    await engine.startVoice(order('a'));
    engine.apply({ frame: 0, message: { kind: 'voice-fade', voice: 'a', fadeMs: 100 } });
    await engine.startVoice(order('a'));
    engine.apply({ frame: blockFrames, message: { kind: 'voice-fade', voice: 'a', fadeMs: 100 } });
    await assert.rejects(engine.startVoice(order('a')), { code: 'VOICE_ID_TAKEN' });
    assert.deepEqual(heard, ['+a', '-a freed', '+a']);
  });

  it('end with a panic', async () => {
    const engine = await engineOf();
    const heard = listen(engine);
    await engine.startVoice(order('a'));
    await engine.startVoice(order('b'));
    engine.apply({ frame: 0, message: { kind: 'panic' } });
    play(engine, 480 + blockFrames);
    await engine.idle();
    assert.deepEqual(heard, ['+a', '+b', '-a panic', '-b panic']);
    near(levelAfter(engine), 0);
  });

  it('sound with the very next frame when they are kept ready, and others take their place', async () => {
    const engine = await engineOf();
    built = 0;
    const patch = patchOf('counted');
    await engine.keepVoicesReady('counted', patch, 2);
    assert.equal(built, 2);
    // Not awaited: it began before the call returned.
    void engine.startVoice(order('a', { azimuth: -90 }, patch));
    engine.process(blockFrames);
    assert.equal(engine.statusPage.read()!.voices, 1);
    await engine.idle();
    assert.equal(built, 3);
    near(levelAfter(engine), 0.1);
    await assert.rejects(engine.keepVoicesReady('counted', patch, mostVoices + 1), { code: 'VOICE_OPTION' });
    await engine.keepVoicesReady('counted', patch, 0);
    await engine.idle();
    disposed = 0;
    await engine.close();
    assert.equal(disposed, 1);
  });

  it('are told of, and left out, when they cannot be built', async () => {
    const engine = await engineOf();
    await assert.rejects(engine.startVoice(order('a', {}, { ...patchOf('steady'), output: 'source.none' })), {
      code: 'GRAPH_UNKNOWN_PORT',
    });
    const broken = { ...patchOf('steady'), output: 'source.none' };
    await assert.rejects(engine.startVoice(order('a', {}, broken)), (error) => !/~/.test(String(error)));
    await assert.rejects(engine.keepVoicesReady('broken', broken, 2), { code: 'GRAPH_UNKNOWN_PORT' });
    await engine.startVoice(order('a'));
    assert.ok(defaultVoiceLimit < mostVoices);
  });

  it('are not built without end', async () => {
    const engine = await engineOf();
    const starts = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => engine.startVoice(order(`v${n}`))),
    );
    const refused = starts.flatMap((start) => (start.status === 'rejected' ? [start.reason.code] : []));
    assert.deepEqual(refused, ['VOICE_BUSY', 'VOICE_BUSY', 'VOICE_BUSY', 'VOICE_BUSY']);
    engine.process(blockFrames);
    assert.equal(engine.statusPage.read()!.voices, 16);
  });

  it('allocate nothing per block', async () => {
    const blockOf = (channels: number) => ({
      channels: Array.from({ length: channels }, () => new Float32Array(blockFrames)),
    });
    const output = blockOf(2);
    const run = { tick: () => undefined, output: () => output, notices$: EMPTY } as unknown as GraphRun;
    const voices = new Voices({
      mix: blockOf(4),
      sampleRate,
      blockFrames,
      build: async () => run,
      retire: () => undefined,
      notify: () => undefined,
      track: () => undefined,
    });
    for (let n = 0; n < 16; n++) await voices.start(order(`v${n}`, { azimuth: n * 20 }));
    const bytes = bytesPerCall(() => voices.tick(0, blockFrames), 1000);
    assert.ok(bytes < 64, `${bytes} bytes per block`);
  });
});
