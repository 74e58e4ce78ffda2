/** States as an instrument in a whole engine: the same log gives the same samples at any block size, and a file goes on. */
import assert from 'node:assert/strict';
import { type Patch, parsePatch } from '../../graph/index.js';
import { loadNative, writeBundle } from '../../models/index.js';
import { readPreset } from '../../src/engine/presets.js';
import { playMessages, type TimedAction } from '../support/play-messages.js';
import { useTempFolder } from '../support/temp-folder.js';
import { tinyBundleParts } from '../support/tiny-bundle.js';

const act = (frame: number, name: string, ...args: TimedAction['args']): TimedAction => ({
  frame,
  nodeId: 'model',
  name,
  args,
});

const ACTIONS: readonly TimedAction[] = [
  act(4801, 'state/store', 'a'),
  act(9000, 'fork'),
  act(14_000, 'state/store', 'b'),
  act(14_400, 'state/recall', 'a', 20),
  act(19_333, 'state/morph', 'a', 'b', 'slow', 20),
  act(30_000, 'freeze', true),
  act(40_001, 'loop', 0.05, 'all', 5),
  act(50_000, 'loop', 0),
  act(55_555, 'rewind', 0.5),
  act(60_000, 'state/recall', 'none'),
];

function patch(bundle: string): Patch {
  return parsePatch({
    format: 'sashimi-live/patch',
    formatVersion: 1,
    title: 'States',
    nodes: [
      { id: 'model', type: 'sashimi', settings: { bundle }, params: { morph: 0.5 } },
      { id: 'tide', type: 'lfo', params: { rateHz: 7 } },
    ],
    edges: [{ from: 'tide.out', to: 'model.morph', amount: 0.4 }],
    output: 'model.audio',
  });
}

describe('states in an engine', function () {
  this.timeout(240_000);
  const temp = useTempFolder();

  for (const stepper of loadNative().ok ? (['native', 'wasm'] as const) : (['wasm'] as const)) {
    it(`${stepper}: the same messages at the same frames give the same samples at any block size`, async () => {
      const { draft, tensors } = tinyBundleParts({ dModel: 8, pool: [2, 4] });
      await writeBundle(temp.path('tiny'), draft, tensors, '# Tiny\n');
      const play = async (blocks: readonly number[], actions: readonly TimedAction[] = ACTIONS) =>
        playMessages(patch(temp.path('tiny')), actions, { seconds: 1.4, blocks, stepper });
      const { sound, told } = await play([128]);
      assert.ok(
        told.includes('ENGINE_ACTION_FAILED') || told.includes('MODEL_NO_SUCH_STATE') || told.length === 0,
      );
      for (const blocks of [[1024], [64, 37, 1], [480]]) assert.deepEqual((await play(blocks)).sound, sound);
      const first = (await play([128], [])).sound.findIndex((x, t) => x !== sound[t]);
      assert.ok(first > 9000, 'storing is not heard, a fork is');
    });
  }

  it('the presets duet and slow-tiers do what their messages say', async () => {
    const rms = (sound: Float32Array) => Math.sqrt(sound.reduce((sum, x) => sum + x * x, 0) / sound.length);
    const score: Readonly<Record<string, readonly TimedAction[]>> = {
      duet: [
        act(24_000, 'state/store', 'a'),
        act(30_000, 'reset', 9),
        act(60_000, 'state/store', 'b'),
        act(72_000, 'state/morph', 'a', 'b'),
        act(96_000, 'fork', 7),
      ],
      'slow-tiers': [
        act(24_000, 'freeze', true),
        act(60_000, 'loop', 0.25),
        act(90_000, 'loop', 0),
        act(100_000, 'rewind', 1, 'slow'),
      ],
    };
    for (const [name, actions] of Object.entries(score)) {
      const { patch: preset } = readPreset(name);
      const { sound, told } = await playMessages(preset, actions, { seconds: 3 });
      assert.deepEqual(told, []);
      for (let at = 48_000; at < sound.length; at += 24_000) {
        const level = 20 * Math.log10(rms(sound.subarray(at, at + 24_000)));
        assert.ok(level > -50 && level < -6, `${name}, ${at}: ${level} dB`);
      }
      const plain = (await playMessages(preset, [], { seconds: 3 })).sound;
      const first = sound.findIndex((x, t) => x !== plain[t]);
      assert.ok(first > 24_000, `${name} ${first}`);
    }
  });
});
