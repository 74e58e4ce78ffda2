import assert from 'node:assert/strict';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type AnyNodeDescriptor,
  type AudioBlock,
  defineNode,
  parsePatch,
  perBlock,
} from '../../../graph/index.js';
import type { ControlMessage } from '../../../src/control/index.js';
import { Engine } from '../../../src/engine/engine.js';
import { ReplayGate } from '../../../src/engine/replay-gate.js';
import {
  readTake,
  replayTake,
  type Take,
  type TakeHeader,
  TakeWatch,
  TakeWriter,
} from '../../../src/takes/index.js';
import { takeHeader } from '../../support/take-header.js';
import { useTempFolder } from '../../support/temp-folder.js';
import { fakeParts, patchOf } from '../engine/fake-parts.js';

const header: TakeHeader = takeHeader({ presetName: 'steady', patch: patchOf('steady'), channels: 2 });

/** What 'steady' is edited to. */
const withSine = parsePatch({
  ...patchOf('steady'),
  nodes: [
    { id: 'source', type: 'steady' },
    { id: 'other', type: 'sine' },
  ],
  output: 'other.audio',
});

class Sound {
  readonly channels: readonly number[][] = [[], []];
  readonly tap = (output: AudioBlock, numFrames: number): void => {
    for (const [c, x] of output.channels.entries()) this.channels[c]!.push(...x.subarray(0, numFrames));
  };
}

/** A level that an action changes when its answer has come, whether it is still wanted or not. */
function slow(ask: (x: number) => Promise<number>): AnyNodeDescriptor {
  return defineNode({
    type: 'slow',
    role: 'source',
    summary: 'A level that takes its time.',
    params: {},
    actions: {
      to: { label: 'To', description: 'Asks.', args: [{ name: 'x', type: 'float', description: 'any' }] },
    },
    inputs: {},
    outputs: { audio: { kind: 'audio', channels: 1 } },
    create: (ctx) =>
      perBlock(() => {
        const out = new Float32Array(ctx.maxBlockFrames);
        const result = { audio: { channels: [out] } };
        let level = 0.125;
        ctx.onAction('to', ([x]) =>
          ask(Number(x)).then((answer) => {
            level = answer;
            return answer;
          }),
        );
        return ({ tick }) => {
          out.fill(level, 0, tick.numFrames);
          return result;
        };
      }),
  });
}

function answerOf(x: number): number {
  if (x > 0.5) throw new Error('it is too much');
  return x;
}

/** Plays `blocks` blocks of changing length with a message now and then, most of them inside a block. */
async function record(folder: string, blocks: number): Promise<Sound> {
  const { stepper: _, lookAheadMs: _lookAheadMs, bundles: _bundles, plugins: _plugins, ...settings } = header;
  const parts = fakeParts();
  const engine = await Engine.create({ ...settings, mode: 'offline', parts });
  const writer = new TakeWriter(folder, header);
  const watch = new TakeWatch(engine, parts.models);
  const sound = new Sound();
  const choices: ControlMessage[] = [
    { kind: 'param', nodeId: 'source', name: 'value', value: -0.25 },
    { kind: 'master-gain', gainDb: -6 },
    { kind: 'action', nodeId: 'source', name: 'double', args: [2] },
    { kind: 'param', nodeId: 'source', name: 'value', value: 0.75 },
    { kind: 'param', nodeId: 'source', name: 'value', value: 0.5, morph: 1, rampMs: 3 },
    { kind: 'master-mute', muted: true },
    { kind: 'master-mute', muted: false },
  ];
  for (let i = 0; i < blocks; i++) {
    if (i % 5 === 0) {
      engine.apply({ frame: engine.frame + ((i * 13) % 90), message: choices[(i / 5) % choices.length]! });
    }
    if (i % 30 === 10) {
      const place = { priority: i, gainDb: -6, azimuth: i, distance: 1 + (i % 3) };
      const patch = patchOf('noise');
      await engine.startVoice({ id: `v${i}`, presetName: 'noise', patch, ...place });
    }
    if (i % 30 === 15) {
      const frame = engine.frame + 37;
      const voice = `v${i - 5}`;
      engine.apply({
        frame,
        message: { kind: 'voice-place', voice, azimuth: 2 * i, distance: 3, rampMs: 5 },
      });
      engine.apply({ frame, message: { kind: 'param', nodeId: `${voice}/`, name: 'gain', value: -3 } });
    }
    if (i % 30 === 29) {
      engine.apply({ frame: 0, message: { kind: 'voice-fade', voice: `v${i - 19}`, fadeMs: 3 } });
    }
    if (i === 50) engine.apply({ frame: 0, message: { kind: 'voice-limit', limit: 1 } });
    if (i % 20 === 10) {
      const isSine = i % 40 === 10;
      void engine.editPatch(
        { patch: isSine ? withSine : patchOf('steady'), anew: isSine ? ['other'] : [] },
        engine.frame + 21,
      );
    }
    if (i % 80 === 60) void engine.loadPatch(patchOf(i % 160 === 60 ? 'noise' : 'steady'), 'other', i % 90);
    await engine.idle();
    const startFrame = engine.frame;
    engine.process(1 + ((i * 37) % 64), sound.tap);
    watch.look(startFrame);
    writer.add(watch.news() ?? []);
    writer.flush();
  }
  engine.fadeOut();
  engine.process(50, sound.tap);
  watch.end();
  writer.add(watch.news() ?? []);
  writer.close();
  await engine.close();
  return sound;
}

async function replay(take: Take): Promise<Sound> {
  const sound = new Sound();
  const gate = new ReplayGate();
  await replayTake({
    take,
    parts: fakeParts(slow((x) => gate.hold(() => answerOf(x)))),
    gate,
    tap: (engine, numFrames) => sound.tap(engine.output, numFrames),
  });
  return sound;
}

describe('takes', () => {
  const folder = useTempFolder();

  it('play again what was played', async () => {
    const heard = await record(folder.path('a'), 200);
    const take = readTake(folder.path('a'));
    assert.ok(take.isComplete);
    const voices = take.entries.flatMap((entry) => (entry.kind === 'voice' ? [entry.order.id] : []));
    assert.equal(voices.length, 7);
    const again = await replay(take);
    assert.deepEqual(again.channels, heard.channels);
  });

  it('play again what took its time at the frame where it was done, what failed, and what was built anew', async () => {
    const waiting: (() => void)[] = [];
    const ask = (x: number): Promise<number> =>
      new Promise((done, failed) => {
        waiting.push(() => {
          try {
            done(answerOf(x));
          } catch (error) {
            failed(error);
          }
        });
      });
    const {
      stepper: _,
      lookAheadMs: _lookAheadMs,
      bundles: _bundles,
      plugins: _plugins,
      ...settings
    } = header;
    const patch = patchOf('slow');
    const parts = fakeParts(slow(ask));
    const engine = await Engine.create({ ...settings, patch, mode: 'offline', parts });
    const writer = new TakeWriter(folder.path('late'), { ...header, patch });
    const watch = new TakeWatch(engine, parts.models);
    const sound = new Sound();
    for (let i = 0; i < 240; i++) {
      if (i % 7 === 3) {
        const message = {
          kind: 'action',
          nodeId: 'source',
          name: 'to',
          args: [((i * 31) % 100) / 150],
        } as const;
        engine.apply({ frame: engine.frame + ((i * 13) % 64), message });
      }
      // An edit that still waits for its frame when the panic comes is part of what is built anew.
      if (i % 60 === 39) void engine.editPatch({ patch, anew: ['source'] }, engine.frame + 48_000);
      if (i % 60 === 40) engine.apply({ frame: engine.frame + 9, message: { kind: 'panic' } });
      // The latest first, now and then: answers need not come in order. Some never come.
      if (i % 5 === 4) waiting.pop()?.();
      for (let turn = 0; turn < 10; turn++) await nextTurn();
      const startFrame = engine.frame;
      engine.process(64, sound.tap);
      watch.look(startFrame);
      writer.add(watch.news() ?? []);
    }
    watch.end();
    writer.add(watch.news() ?? []);
    writer.close();
    for (const answer of waiting) answer();
    await engine.close();
    const take = readTake(folder.path('late'));
    const kinds = take.entries.map(({ kind }) => kind);
    assert.ok(kinds.includes('settled') && kinds.includes('rebuilt') && !kinds.includes('deviation'));
    assert.deepEqual((await replay(take)).channels, sound.channels);
    assert.ok(new Set(sound.channels[0]).size > 20);
  });

  it('are readable when cut off', async () => {
    await record(folder.path('b'), 100);
    const log = join(folder.path('b'), 'control.jsonl');
    truncateSync(log, readFileSync(log).length - 5);
    const take = readTake(folder.path('b'));
    assert.ok(!take.isComplete);
    assert.ok(take.frames > 0);
    await replay(take);
  });

  it('are refused when another hand changed them', async () => {
    await record(folder.path('c'), 20);
    const log = join(folder.path('c'), 'control.jsonl');
    for (const line of [
      '{',
      '[]',
      '{"kind":"end","frame":-1}',
      '{"kind":"control","frame":0}',
      '{"kind":"x","frame":0}',
      '{"kind":"voice","frame":0,"order":{"id":"a"}}',
    ]) {
      writeFileSync(log, `${line}\n`);
      assert.throws(() => readTake(folder.path('c')), { code: 'TAKE_FORMAT' }, line);
    }
    assert.throws(() => readTake(folder.path('none')), { code: 'TAKE_FILE' });
  });

  it('are never written over', async () => {
    await record(folder.path('d'), 1);
    assert.throws(() => new TakeWriter(folder.path('d'), header), { code: 'TAKE_FILE' });
  });
});
