/** A model that hears a file and goes on from there: the whole engine, offline. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import {
  ALL_TIERS,
  alignmentPeriod,
  chooseStepper,
  encode,
  loadBundle,
  packageRoot,
} from '../../models/index.js';
import { InlineStream } from '../../models/stream/inline-stream.js';
import { loadMono } from '../../src/audio-files/index.js';
import { readPreset } from '../../src/engine/presets.js';
import { prime, primeNow } from '../../src/engine/primer.js';
import { playMessages, type TimedAction } from '../support/play-messages.js';

const FILE = 'models/zoo/textures/held-out/water.wav';
const START = 12_000;
const primed = (...args: readonly (string | number)[]): TimedAction => ({
  frame: START,
  nodeId: 'model',
  name: 'prime',
  args,
});

describe('a model that is primed', function () {
  this.timeout(240_000);
  const { patch } = readPreset('shore');
  const play = (actions: readonly TimedAction[], blocks = [128]) =>
    playMessages(patch, actions, { seconds: 0.75, blocks });

  it('sounds the same at any block size, as before until it is primed, and otherwise after', async () => {
    const plain = await play([]);
    const sound = await play([primed(FILE, 1, 2)]);
    assert.deepEqual(sound.told, []);
    assert.deepEqual(sound.sound.subarray(0, START), plain.sound.subarray(0, START));
    assert.notDeepEqual(sound.sound.subarray(START + 4800), plain.sound.subarray(START + 4800));
    const cut = await play([primed(FILE, 1, 2)], [1, 77, 256]);
    assert.deepEqual(cut.sound, sound.sound);
    const other = await play([primed(FILE, 2, 3)]);
    assert.notDeepEqual(other.sound, sound.sound);
  });

  it('both models of a blend hear it, and a guided one hears it twice', async () => {
    const blended = readPreset('blend').patch;
    const playBlend = (actions: readonly TimedAction[], blocks = [128]) =>
      playMessages(blended, actions, { seconds: 0.75, blocks });
    const plain = await playBlend([]);
    const { sound, told } = await playBlend([primed(FILE, 1, 2)]);
    assert.deepEqual(told, []);
    assert.deepEqual(sound.subarray(0, START), plain.sound.subarray(0, START));
    assert.notDeepEqual(sound.subarray(START + 4800), plain.sound.subarray(START + 4800));
    assert.deepEqual((await playBlend([primed(FILE, 1, 2)], [77, 256])).sound, sound);

    const bundleDir = join(packageRoot(), 'models', 'zoo', 'textures');
    const { snapshot } = primeNow({
      bundleDir,
      second: { bundleDir, mixing: 'product', isFirstDropped: true },
      stepper: 'auto',
      provider: undefined,
      sound: {
        path: join(packageRoot(), FILE),
        stretch: { startSeconds: 1, endSeconds: 2, mostSeconds: 60 },
      },
    });
    const { stepper } = await chooseStepper(await loadBundle(bundleDir), 'auto');
    assert.ok(snapshot.length >= 2 * stepper.createVoice(0).snapshotBytes);
    stepper.dispose();
  });

  it('goes on as a voice does that was forced to say the file', async () => {
    const folder = join(packageRoot(), 'models', 'zoo', 'shore');
    const bundle = await loadBundle(folder);
    const { sampleRate, quantiser, sampling } = bundle.manifest;
    const order = {
      bundleDir: folder,
      stepper: 'auto',
      provider: undefined,
    } as const;
    const path = join(packageRoot(), FILE);
    const stretch = { startSeconds: 1, endSeconds: 2, mostSeconds: 60 };
    const sound = { path, stretch };
    const state = primeNow({ ...order, sound });
    assert.deepEqual((await prime({ ...order, sound })).snapshot, state.snapshot);

    const { stepper } = await chooseStepper(bundle, 'auto');
    const period = alignmentPeriod(stepper.createVoice(0));
    const { samples } = await loadMono(path, sampleRate, stretch);
    const ids = encode(quantiser, samples).subarray(samples.length % period);
    assert.equal(state.seconds, ids.length / sampleRate);
    const voice = stepper.createVoice(5);
    voice.forceBlock(ids, ids.length);
    const heard = new Uint8Array(voice.snapshotBytes);
    voice.snapshot(heard);
    // From the next frame on where all tiers are aligned.
    const frame = period * 5;
    voice.restore(heard, frame);
    const expected = new Float32Array(4000);
    voice.stepBlock(expected, expected.length, sampling);

    const stream = new InlineStream(stepper, 5, sampling);
    stream.read(new Float32Array(frame), frame);
    assert.ok(stream.states.fillSlot(3, state.snapshot));
    stream.states.command(
      { kind: 'recall', a: 3, b: 3, position: 0, tiers: ALL_TIERS, fadeFrames: 100, frames: 0, seed: 0 },
      0,
    );
    const played = new Float32Array(expected.length);
    stream.read(played, played.length);
    assert.deepEqual(played.subarray(100), expected.subarray(100));
  });

  it('refuses what is none of its files, and plays on', async () => {
    const outside = await play([primed('/etc/hostname')]);
    assert.deepEqual(outside.told, ['AUDIO_FILE_PATH']);
    assert.deepEqual(outside.sound, (await play([])).sound);
    assert.deepEqual((await play([primed('no/such.wav')])).told, ['AUDIO_FILE_READ']);
    assert.deepEqual((await play([primed(FILE, 1000)])).told, ['AUDIO_FILE_RANGE']);
  });
});
