/** A model that hears its input and goes on from there: the whole engine, offline. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePatch } from '../../graph/index.js';
import { packageRoot } from '../../models/index.js';
import { HeardRing } from '../../nodes/model/heard-ring.js';
import { prime, primeNow } from '../../src/engine/primer.js';
import { playMessages, type TimedAction } from '../support/play-messages.js';
import { useTempFolder } from '../support/temp-folder.js';
import { floatWavOf } from '../support/wav-bytes.js';

const RATE = 48_000;
/** The input is as long as what is heard: so a file and an input end in the same way. */
const END = 36_000;
const sound = (frame: number): number =>
  0.3 * Math.sin(frame * 0.02 * (1 + Math.sin(frame * 1e-4))) + 0.1 * Math.sin(frame * 0.17);

describe('a model that listens', function () {
  this.timeout(240_000);
  const folder = useTempFolder();
  const before = process.cwd();
  beforeEach(() => {
    writeFileSync(folder.path('heard.wav'), floatWavOf(END, RATE, sound));
    process.chdir(folder.path());
  });
  afterEach(() => process.chdir(before));

  const patch = parsePatch({
    format: 'sashimi-live/patch',
    formatVersion: 1,
    title: 'Listen',
    nodes: [
      { id: 'ear', type: 'audio-in' },
      { id: 'model', type: 'sashimi', settings: { bundle: 'shore' } },
    ],
    edges: [{ from: 'ear.audio', to: 'model.heard' }],
    output: 'model.audio',
  });
  const at = (frame: number, name: string, ...args: readonly (string | number)[]): TimedAction => ({
    frame,
    nodeId: 'model',
    name,
    args,
  });
  const play = (actions: readonly TimedAction[], blocks = [128], heardPatch = patch) =>
    playMessages(heardPatch, actions, {
      seconds: 1.2,
      blocks,
      inputs: [{ nodeId: 'ear', file: folder.path('heard.wav') }],
    });

  it('goes on as if it had been primed with a recording of the same', async () => {
    const heard = await play([at(END, 'listen', 0.5)]);
    assert.deepEqual(heard.told, []);
    const primed = await play([at(END, 'prime', 'heard.wav', 0.25)]);
    assert.deepEqual(primed.told, []);
    assert.deepEqual(heard.sound, primed.sound);
    const plain = await play([]);
    assert.deepEqual(heard.sound.subarray(0, END), plain.sound.subarray(0, END));
    assert.notDeepEqual(heard.sound.subarray(END + 4800), plain.sound.subarray(END + 4800));
    const other = await play([at(END, 'listen', 0.4)]);
    assert.notDeepEqual(other.sound, heard.sound);
  });

  it('sounds the same at any block size', async () => {
    const whole = await play([at(30_011, 'listen', 30)]);
    const cut = await play([at(30_011, 'listen', 30)], [1, 77, 256]);
    assert.deepEqual(cut.sound, whole.sound);
  });

  it('hears from another thread what it hears in its own', async () => {
    const ring = new HeardRing(RATE);
    const block = Float32Array.from({ length: 24_000 }, (_, i) => sound(i));
    ring.write({ channels: [block] }, block.length);
    const order = {
      bundleDir: join(packageRoot(), 'models', 'zoo', 'shore'),
      stepper: 'auto',
      provider: undefined,
      sound: { heard: ring.last(0.5) },
    } as const;
    const { snapshot, seconds } = await prime(order);
    assert.deepEqual(primeNow(order).snapshot, snapshot);
    assert.ok(seconds > 0.4 && seconds <= 0.5);
  });

  it('refuses what it cannot hear, and plays on', async () => {
    const plain = await play([]);
    const none = parsePatch({ ...patch, edges: [] });
    for (const [told, actions, heardPatch] of [
      ['MODEL_HEARS_NOTHING', [at(END, 'listen', 1)], none],
      ['NODE_ARGUMENT', [at(END, 'listen', 31)], patch],
      ['NODE_ARGUMENT', [at(END, 'listen', 0)], patch],
      ['MODEL_HEARD_TOO_LITTLE', [at(0, 'listen', 1)], patch],
    ] as const) {
      const played = await play(actions, [128], heardPatch);
      assert.deepEqual(played.told, [told]);
      assert.deepEqual(played.sound, plain.sound);
    }
  });
});
