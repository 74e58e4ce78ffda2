import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { defineNode, perBlock } from '../../../graph/index.js';
import { type RenderOptions, renderPatch } from '../../../src/engine/render.js';
import { useTempFolder } from '../../support/temp-folder.js';
import { fakeParts, patchOf } from './fake-parts.js';

/** Fails in the middle of a render. */
const failing = defineNode({
  type: 'failing',
  role: 'source',
  summary: 'Fails after a while.',
  params: {},
  inputs: {},
  outputs: { audio: { kind: 'audio', channels: 1 } },
  create: (ctx) =>
    perBlock(() => {
      const result = { audio: { channels: [new Float32Array(ctx.maxBlockFrames)] } };
      return ({ tick }) => {
        if (tick.startFrame > 4800) throw new Error('broken on purpose');
        return result;
      };
    }),
});

describe('renderPatch', () => {
  const folder = useTempFolder();

  function optionsOf(source: string, more: Partial<RenderOptions> = {}): RenderOptions {
    return {
      patch: patchOf(source),
      presetName: source,
      seconds: 0.5,
      seed: 1,
      out: folder.path('out.wav'),
      parts: fakeParts(failing),
      ...more,
    };
  }

  it('writes the same bytes for the same seed, and others for another', async () => {
    const render = async (name: string, seed: number): Promise<Buffer> => {
      await renderPatch(optionsOf('noise', { out: folder.path(name), seed }));
      return readFileSync(folder.path(name));
    };
    const first = await render('a.wav', 1);
    assert.ok(first.equals(await render('b.wav', 1)));
    assert.ok(!first.equals(await render('c.wav', 2)));
  });

  it('writes as many frames as asked for, says how loud they are, and who made them', async () => {
    const shares: number[] = [];
    const result = await renderPatch(
      optionsOf('steady', { seconds: 0.51, sampleRate: 44_100, onProgress: (share) => shares.push(share) }),
    );
    assert.equal(result.frames, 22_491);
    assert.ok(Math.abs(result.peak - 0.5) < 1e-6);
    const { default: wavefile } = await import('wavefile');
    const bytes = readFileSync(folder.path('out.wav'));
    const samples = new wavefile.WaveFile(bytes).getSamples(false, Float64Array) as unknown as Float64Array[];
    assert.equal(samples.length, 2);
    assert.equal(samples[0]!.length, 22_491);
    assert.ok(bytes.includes('preset steady, seed 1'));
    assert.ok(shares.length > 10 && shares.at(-1)! <= 1);
  });

  it('replaces an older file only when all is written', async () => {
    writeFileSync(folder.path('out.wav'), 'older');
    await assert.rejects(renderPatch(optionsOf('failing')), {
      code: 'ENGINE_RENDER',
      message: /broken on purpose/,
    });
    assert.equal(readFileSync(folder.path('out.wav'), 'utf8'), 'older');
    assert.deepEqual(readdirSync(folder.path()), ['out.wav']);
    await renderPatch(optionsOf('steady'));
    assert.deepEqual(readdirSync(folder.path()), ['out.wav']);
    assert.ok(readFileSync(folder.path('out.wav')).length > 100_000);
  });

  it('leaves nothing behind when it cannot start', async () => {
    await assert.rejects(renderPatch(optionsOf('no-such')), { code: 'GRAPH_UNKNOWN_TYPE' });
    await assert.rejects(renderPatch(optionsOf('steady', { out: folder.path('no/such/folder.wav') })), {
      code: 'SINK_PATH',
    });
    await assert.rejects(renderPatch(optionsOf('steady', { seconds: 0 })), { code: 'ENGINE_OPTION' });
    assert.deepEqual(readdirSync(folder.path()), []);
  });
});
