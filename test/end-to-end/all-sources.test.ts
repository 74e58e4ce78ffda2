/** Every source of conditioning and every thing that is done with states, in one patch: offline the same again, at any block size. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type ActionValue, type Patch, parsePatch } from '../../graph/index.js';
import { packageRoot } from '../../models/index.js';
import { nodeTypes } from '../../nodes/index.js';
import { type PlayedSound, playMessages, type TimedAction } from '../support/play-messages.js';

const WATER = 'models/zoo/textures/held-out/water.wav';
const SECONDS = 1.5;
/** By then another seed and the first messages are heard: what only has to differ is played no longer. */
const BEGINNING_SECONDS = 0.4;

/** What `patch` leaves out: sinks belong to the engine here, and the others make no control of their own. */
const LEFT_OUT = [
  'wav-file',
  'speaker',
  'null',
  'overlap-add',
  'granulate',
  'resample',
  'limiter',
  'constant',
];

const model = (id: string, bundle: string, settings = {}) => ({
  id,
  type: 'sashimi',
  settings: { bundle, ...settings },
});

const patch = parsePatch({
  format: 'sashimi-live/patch',
  formatVersion: 1,
  title: 'All sources',
  description: '',
  messages: [],
  nodes: [
    { id: 'score', type: 'midi-file', settings: { file: 'study' } },
    { id: 'live', type: 'midi-in' },
    { id: 'steps', type: 'sequencer', settings: { pattern: '48@110*2 60 . 67 63:0.5' } },
    { id: 'hand', type: 'note-osc' },
    model('keys', 'keys'),
    model('played', 'keys', { guidance: true }),
    { id: 'roam', type: 'walk', params: { lowKey: 60, highKey: 69, intervalMs: 500 } },
    { id: 'said', type: 'word-osc' },
    model('words', 'words'),
    model('told', 'words', { guidance: true }),
    { id: 'tide', type: 'lfo', params: { rateHz: 3 } },
    { id: 'weather', type: 'classes', params: { weight1: 0.5, weight3: 0.5 } },
    model('textures', 'textures'),
    { id: 'reader', type: 'text', settings: { lyrics: 'moon over water' } },
    { id: 'reading', type: 'sashimi', settings: { bundle: 'voice' } },
    { id: 'throat', type: 'singer', params: { vowel: 'aa' } },
    { id: 'singing', type: 'sashimi', settings: { bundle: 'voice' } },
    { id: 'file', type: 'audio-file', settings: { file: WATER, loop: true } },
    { id: 'ear', type: 'audio-in' },
    { id: 'measured', type: 'features' },
    { id: 'follower', type: 'envelope' },
    { id: 'louder', type: 'map', params: { inMin: -60, inMax: 0, outMin: -12, outMax: 0 } },
    { id: 'sea', type: 'sashimi', settings: { bundle: 'shore' } },
    {
      id: 'pair',
      type: 'blend',
      settings: { bundleA: 'shore', bundleB: 'piano', way: 'product' },
      params: { blend: 0.4 },
    },
    { id: 'low', type: 'mix' },
    { id: 'high', type: 'mix' },
    { id: 'more', type: 'mix' },
    { id: 'level', type: 'gain' },
    { id: 'place', type: 'pan' },
    { id: 'out', type: 'mix' },
  ],
  edges: [
    { from: 'score.notes', to: 'keys.notes' },
    { from: 'live.notes', to: 'played.notes' },
    { from: 'steps.notes', to: 'reader.notes' },
    { from: 'hand.notes', to: 'throat.notes' },
    { from: 'roam.notes', to: 'words.notes' },
    { from: 'said.notes', to: 'told.notes' },
    { from: 'tide.out', to: 'weather.weight1', amount: 0.5 },
    { from: 'weather.weights', to: 'textures.classes' },
    { from: 'reader.speech', to: 'reading.speech' },
    { from: 'throat.speech', to: 'singing.speech' },
    { from: 'file.audio', to: 'measured.audio' },
    { from: 'measured.loudness', to: 'louder.in' },
    { from: 'louder.out', to: 'level.gainDb' },
    { from: 'ear.audio', to: 'sea.heard' },
    { from: 'ear.audio', to: 'follower.audio' },
    { from: 'follower.out', to: 'pair.temperature', amount: 0.3 },
    { from: 'keys.audio', to: 'low.in1' },
    { from: 'words.audio', to: 'low.in2' },
    { from: 'textures.audio', to: 'low.in3' },
    { from: 'file.audio', to: 'low.in4' },
    { from: 'reading.audio', to: 'high.in1' },
    { from: 'singing.audio', to: 'high.in2' },
    { from: 'sea.audio', to: 'high.in3' },
    { from: 'pair.audio', to: 'high.in4' },
    { from: 'played.audio', to: 'more.in1' },
    { from: 'told.audio', to: 'more.in2' },
    { from: 'low.audio', to: 'level.audio' },
    { from: 'high.audio', to: 'place.audio' },
    { from: 'level.audio', to: 'out.in1' },
    { from: 'place.audio', to: 'out.in2' },
    { from: 'more.audio', to: 'out.in3' },
  ],
  output: 'out.audio',
});

const at = (seconds: number, address: string, ...args: ActionValue[]): TimedAction => {
  const [nodeId, ...name] = address.split('/');
  return { frame: Math.round(seconds * 48_000) + 5, nodeId: nodeId!, name: name.join('/'), args };
};

const messages: readonly TimedAction[] = [
  at(0.1, 'hand/note', 57, 100),
  at(0.2, 'hand/bend', 0.5),
  at(0.25, 'said/say', 'left'),
  at(0.3, 'reader/say', 'Who is there?'),
  at(0.3, 'sea/state/store', 'calm'),
  at(0.35, 'textures/prime', WATER, 0, 1),
  at(0.4, 'pair/state/store', 'a'),
  at(0.5, 'sea/listen', 0.3),
  at(0.5, 'live/note', 64, 90),
  at(0.6, 'pair/fork', 9),
  at(0.6, 'keys/loop', 0.1),
  at(0.7, 'sea/state/recall', 'calm', 50),
  at(0.7, 'pair/state/store', 'b'),
  at(0.8, 'pair/state/morph', 'a', 'b'),
  at(0.8, 'steps/step', 3, 72, 100),
  at(0.85, 'sea/freeze', true),
  at(0.9, 'textures/rewind', 0.2),
  at(0.9, 'hand/note/off', 57),
  at(1.0, 'words/state/store', 'w'),
  at(1.1, 'score/play', 2),
  at(1.1, 'reader/sing', 'stars'),
  at(1.2, 'keys/reset', 4),
];

describe('every source in one patch', function () {
  this.timeout(600_000);
  const inputs = [{ nodeId: 'ear', file: join(packageRoot(), WATER) }];

  const play = (played: Patch, blocks = [128], seed = 3, actions = messages, seconds = SECONDS) =>
    playMessages(played, actions, { seconds, seed, blocks, inputs });
  const beginning = async (seed: number, actions: readonly TimedAction[]) =>
    (await play(patch, [128], seed, actions, BEGINNING_SECONDS)).sound;
  let whole: PlayedSound;

  before(async () => {
    whole = await play(patch);
  });

  it('has every node that steers a model or makes sound', () => {
    const used = new Set(patch.nodes.map(({ type }) => type));
    const types = nodeTypes.map(({ type }) => type).filter((type) => !LEFT_OUT.includes(type));
    assert.deepEqual(
      types.filter((type) => !used.has(type)),
      [],
    );
  });

  it('gives the same samples from the same seed and messages', async () => {
    assert.deepEqual(whole.told, []);
    assert.ok(whole.sound.every(Number.isFinite));
    assert.deepEqual((await play(patch)).sound, whole.sound);
    const first = await beginning(3, messages);
    assert.deepEqual(first, whole.sound.subarray(0, first.length));
    assert.notDeepEqual(await beginning(4, messages), first);
    assert.notDeepEqual(await beginning(3, []), first);
  });

  it('gives them at any block size, but for params that sound moves: they follow it block by block', async () => {
    const moved = ['louder.out', 'follower.out'];
    const steady = { ...patch, edges: patch.edges.filter(({ from }) => !moved.includes(from)) };
    const { sound } = await play(steady);
    assert.deepEqual((await play(steady, [33, 512, 100])).sound, sound);
    assert.notDeepEqual(sound, whole.sound);
  });
});
