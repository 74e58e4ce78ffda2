import assert from 'node:assert/strict';
import { type AudioBlock, parsePatch } from '../../../graph/index.js';
import type { AudioInputs } from '../../../nodes/index.js';
import { createEngineParts } from '../../../src/container/container.js';
import { Engine } from '../../../src/engine/engine.js';
import { ReplayGate } from '../../../src/engine/replay-gate.js';
import type { TakeInputNews } from '../../../src/process/audio-link.js';
import { TakeInputs } from '../../../src/process/take-inputs.js';
import { TakeTrack } from '../../../src/process/take-track.js';
import { TapRing } from '../../../src/process/tap-ring.js';
import {
  readTake,
  replayTake,
  type TakeEntry,
  type TakeHeader,
  TakeWatch,
  TakeWriter,
} from '../../../src/takes/index.js';
import { takeHeader } from '../../support/take-header.js';
import { useTempFolder } from '../../support/temp-folder.js';

const ear = parsePatch({
  format: 'sashimi-live/patch',
  formatVersion: 1,
  title: 'An ear',
  nodes: [{ id: 'ear', type: 'audio-in' }],
  edges: [],
  output: 'ear.audio',
});

const header: TakeHeader = takeHeader({ presetName: 'ear', patch: ear, sampleRate: 8000 });
const { stepper: _, lookAheadMs, bundles: _bundles, plugins: _plugins, ...settings } = header;

/** Each that listens hears a sound of its own. */
function unlikeInputs(taps: TakeInputs): AudioInputs {
  let numListening = 0;
  return {
    async listen({ nodeId }) {
      const step = 2 ** -18 * ++numListening;
      let at = 0;
      return {
        isInStep: true,
        latencyFrames: 0,
        pieceFrames: 0,
        availableFrames: Number.POSITIVE_INFINITY,
        begin: () => undefined,
        read(out, numFrames) {
          for (let i = 0; i < numFrames; i++, at++) for (const x of out) x[i] = step * at;
          return numFrames;
        },
        skip: () => undefined,
        tap: taps.open(nodeId),
        takeNews: () => undefined,
        close: async () => undefined,
      };
    },
  };
}

describe('inputs of a take', () => {
  const folder = useTempFolder();

  /** Plays, and keeps all of it in `folder`. */
  async function record(meanwhile: (engine: Engine, block: number) => Promise<void>): Promise<number[]> {
    const tracks: TakeTrack[] = [];
    const inputs = new TakeInputs(header.sampleRate, ({ file, ring }: TakeInputNews) =>
      tracks.push(new TakeTrack(new TapRing(ring, 2), folder.path(`take/${file}`), header.sampleRate, '')),
    );
    const parts = await createEngineParts({
      stepper: 'auto',
      lookAheadMs,
      audioInputs: unlikeInputs(inputs),
    });
    const engine = await Engine.create({ ...settings, mode: 'offline', parts });
    const writer = new TakeWriter(folder.path('take'), header);
    const watch = new TakeWatch(engine, parts.models);
    inputs.watch = watch;
    const heard: number[] = [];
    for (let block = 0; block < 40; block++) {
      await meanwhile(engine, block);
      const startFrame = engine.frame;
      engine.process(header.blockFrames, (output: AudioBlock, numFrames) => {
        heard.push(...output.channels[0]!.subarray(0, numFrames));
        watch.noteTick(numFrames);
      });
      watch.look(startFrame);
      writer.add(watch.news() ?? []);
    }
    watch.end();
    writer.add(watch.news() ?? []);
    writer.close();
    await engine.close();
    for (const track of tracks) track.drain();
    for (const track of tracks) await track.close();
    return heard;
  }

  async function replay(): Promise<{ heard: number[]; inputs: (TakeEntry & { kind: 'input' })[] }> {
    const take = readTake(folder.path('take'));
    const inputs = take.entries.filter((entry) => entry.kind === 'input');
    const gate = new ReplayGate();
    const heard: number[] = [];
    await replayTake({
      take,
      parts: await createEngineParts({
        stepper: 'auto',
        lookAheadMs,
        replay: gate,
        recordedInputs: inputs.map(({ nodeId, frame, file }) => ({
          nodeId,
          firstFrame: frame,
          file: folder.path(`take/${file}`),
        })),
      }),
      gate,
      tap: (engine, numFrames) => heard.push(...engine.output.channels[0]!.subarray(0, numFrames)),
    });
    return { heard, inputs };
  }

  it('are told apart where two nodes of one id begin at one frame, as when a patch gives way at once', async () => {
    const heard = await record(async (engine, block) => {
      if (block !== 10) return;
      await engine.loadPatch(ear, 'second', 0);
      await engine.loadPatch(ear, 'third', 100);
    });
    const again = await replay();
    assert.deepEqual(
      again.inputs.map(({ frame }) => frame),
      [0, 640, 640],
    );
    assert.ok(heard.some((x) => x !== 0));
    assert.deepEqual(again.heard, heard);
  });

  it('are those of voices, too', async () => {
    const heard = await record(async (engine, block) => {
      if (block !== 10) return;
      const place = { priority: 1, gainDb: 0, azimuth: 0, distance: 1 };
      await engine.startVoice({ id: 'ghost', presetName: 'ear', patch: ear, ...place });
    });
    const again = await replay();
    assert.deepEqual(again.heard, heard);
    assert.equal(again.inputs.length, 2);
  });
});
