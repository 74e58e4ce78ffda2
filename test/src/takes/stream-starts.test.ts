/** Which stream began when: two nodes of one id play side by side while one patch fades into the next. */
import assert from 'node:assert/strict';
import { type AnyNodeDescriptor, type AudioBlock, defineNode, perBlock } from '../../../graph/index.js';
import { DeEmphasis } from '../../../models/index.js';
import { StreamReader } from '../../../nodes/model/stream-reader.js';
import { Engine } from '../../../src/engine/engine.js';
import { ModelStreamTable } from '../../../src/engine/model-stream-table.js';
import { ReplayGate } from '../../../src/engine/replay-gate.js';
import { readTake, replayTake, type TakeHeader, TakeWatch, TakeWriter } from '../../../src/takes/index.js';
import { FakeStream } from '../../nodes/fake-model-streams.js';
import { takeHeader } from '../../support/take-header.js';
import { useTempFolder } from '../../support/temp-folder.js';
import { fakeParts, patchOf } from '../engine/fake-parts.js';

const stepper = { kind: 'native', instructionSet: 'none', reason: 'a test' } as const;
const BLOCK = 64;

const header: TakeHeader = takeHeader({ presetName: 'model', patch: patchOf('model'), blockFrames: BLOCK });

/** A model that plays the number of its frame, once its stream is ready. */
function model(table: ModelStreamTable, streams: FakeStream[]): AnyNodeDescriptor {
  return defineNode({
    type: 'model',
    role: 'source',
    summary: 'Counts.',
    params: {},
    actions: { reset: { label: 'Reset', description: 'Begins anew.', args: [] } },
    inputs: {},
    outputs: { audio: { kind: 'audio', channels: 1 } },
    prepare: async (ctx) => {
      const stream = new FakeStream({ lookAheadFrames: BLOCK, sound: (frame) => frame / 8192 });
      const gate = table.place(ctx.nodeId);
      table.add(gate, stream, stepper);
      streams.push(stream);
      return { stream, gate };
    },
    create: (ctx, { stream, gate }) =>
      perBlock(() => {
        const out = new Float32Array(ctx.maxBlockFrames);
        const result = { audio: { channels: [out] } };
        const reader = new StreamReader(stream, new DeEmphasis({}), 8, () => undefined, gate);
        ctx.onAction('reset', () => {
          reader.restart(1);
          return undefined;
        });
        return ({ tick }) => {
          reader.read(out, tick.numFrames);
          return result;
        };
      }),
  });
}

describe('starts of streams in takes', () => {
  const folder = useTempFolder();

  for (const [first, second] of [
    [0, 1],
    [1, 0],
  ] as const) {
    it(`are those of the same stream again, when number ${first + 1} of the two is ready first`, async () => {
      const heard: number[] = [];
      const tap = ({ channels: [x] }: AudioBlock, numFrames: number): void => {
        heard.push(...x!.subarray(0, numFrames));
      };
      const live: FakeStream[] = [];
      const table = new ModelStreamTable();
      const parts = { ...fakeParts(model(table, live)), models: table };
      const {
        stepper: _,
        lookAheadMs: _lookAheadMs,
        bundles: _bundles,
        plugins: _plugins,
        ...settings
      } = header;
      const engine = await Engine.create({ ...settings, mode: 'offline', parts });
      const writer = new TakeWriter(folder.path('take'), header);
      const watch = new TakeWatch(engine, table);
      for (let block = 0; block < 60; block++) {
        if (block === 10) {
          // Nothing is ready after the reset.
          live[0]!.supply = 9;
          engine.apply({
            frame: engine.frame + 9,
            message: { kind: 'action', nodeId: 'source', name: 'reset', args: [] },
          });
        }
        if (block === 12) {
          await engine.loadPatch(patchOf('model'), 'model', 60);
          live[1]!.supply = 0;
        }
        if (block === 16) live[first]!.supply = Number.POSITIVE_INFINITY;
        if (block === 21) live[second]!.supply = Number.POSITIVE_INFINITY;
        await engine.idle();
        engine.process(BLOCK, tap);
        watch.look(engine.frame - BLOCK);
        writer.add(watch.news() ?? []);
      }
      watch.end();
      writer.add(watch.news() ?? []);
      writer.close();
      await engine.close();

      const take = readTake(folder.path('take'));
      const starts = take.entries.flatMap((entry) =>
        entry.kind === 'start' ? [[entry.stream, entry.frame]] : [],
      );
      assert.deepEqual(starts, [
        [1, 0],
        [first + 1, 16 * BLOCK],
        [second + 1, 21 * BLOCK],
      ]);
      const again: number[] = [];
      const tableAgain = new ModelStreamTable();
      await replayTake({
        take,
        parts: { ...fakeParts(model(tableAgain, [])), models: tableAgain },
        gate: new ReplayGate(),
        tap: ({ output }, numFrames) => again.push(...output.channels[0]!.subarray(0, numFrames)),
      });
      assert.deepEqual(again, heard);
    });
  }
});
