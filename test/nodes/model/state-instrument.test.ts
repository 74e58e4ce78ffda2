/** What the actions and the param ask of a stream. That they sound as they should is shown where streams are tested. */
import assert from 'node:assert/strict';
import type { ActionHandler, ActionValue } from '../../../graph/index.js';
import { ALL_TIERS } from '../../../models/index.js';
import type { StateActionName } from '../../../nodes/model/state-actions.js';
import { StateInstrument } from '../../../nodes/model/state-instrument.js';
import { STATE_FILES, type StateFiles, type StateOwner } from '../../../nodes/services.js';
import { servicesOf } from '../../support/graph-harness.js';
import { FakeStream } from '../fake-model-streams.js';

const OWNER: StateOwner = { bundle: 'b', weightsSha256: 'f00', stepper: 'reference', stateBytes: 8 };
const SLOW = ALL_TIERS - 1;

class MemoryFiles implements StateFiles {
  readonly files = new Map<string, Uint8Array>();
  async save(name: string, owner: StateOwner, state: Uint8Array): Promise<void> {
    assert.deepEqual(owner, OWNER);
    this.files.set(name, state);
  }
  load(name: string, owner: StateOwner, mode: 'live' | 'offline'): Promise<Uint8Array> | Uint8Array {
    assert.deepEqual(owner, OWNER);
    const state = this.files.get(name)!;
    return mode === 'live' ? Promise.resolve(state) : state;
  }
}

function setUp(mode: 'live' | 'offline' = 'offline', lookAheadFrames = 0) {
  const stream = new FakeStream({ lookAheadFrames });
  const handlers = new Map<string, ActionHandler>();
  const files = new MemoryFiles();
  const morph = { at: (_frame: number) => 0.25, isSteady: true };
  const instrument = new StateInstrument(
    {
      mode,
      sampleRate: 48_000,
      seed: 100,
      services: servicesOf([STATE_FILES, files]),
      params: {
        get: () => morph.at(0),
        ahead: (_name, frame) => morph.at(frame),
        isSteady: () => morph.isSteady,
      },
      onAction: (name: StateActionName, handler) => handlers.set(name, handler),
    },
    stream,
    () => OWNER,
    100,
  );
  const act = (name: StateActionName, ...args: ActionValue[]) => handlers.get(name)!(args);
  const tick = (startFrame: number, numFrames: number) => {
    instrument.tell({ startFrame, numFrames }, true);
    stream.frame += numFrames / 3;
  };
  const told = () => stream.states.commands.splice(0);
  return { stream, instrument, act, tick, told, files, morph };
}

describe('the states of a model as an instrument', () => {
  it('stores and recalls by name, all of it unless tiers are named', () => {
    const { act, told } = setUp();
    act('state/store', 'calm');
    const [{ kind, a } = assert.fail()] = told();
    assert.equal(kind, 'keep');
    act('state/recall', 'calm');
    const [end, recall] = told();
    assert.equal(end!.kind, 'release');
    assert.deepEqual([recall!.kind, recall!.a, recall!.b, recall!.tiers], ['recall', a, a, ALL_TIERS]);
    assert.equal(recall!.fadeFrames, 640, '40 ms');
    act('state/recall', 'calm', 10, '1 2');
    assert.equal(told()[1]!.tiers, 6);
    assert.throws(() => act('state/recall', 'wild'), { code: 'MODEL_NO_SUCH_STATE' });
    assert.throws(() => act('state/recall', 'calm', 101), { code: 'NODE_ARGUMENT' });
    assert.throws(() => act('state/recall', 'calm', 10, '7'), { code: 'NODE_ARGUMENT' });
    assert.deepEqual(told(), [], 'what is refused does nothing');
  });

  it('morphs: at once, again and again, and moves with the param', () => {
    const { act, told, tick, morph } = setUp();
    act('state/store', 'calm');
    act('state/store', 'wild');
    const [calm, wild] = told().map(({ a }) => a);
    act('state/morph', 'calm', 'wild');
    const [now, again] = told();
    for (const command of [now!, again!])
      assert.deepEqual([command.a, command.b, command.position, command.tiers], [calm, wild, 0.25, SLOW]);
    assert.deepEqual([now!.kind, again!.kind, again!.frames], ['recall', 'repeat', 4000]);
    tick(0, 480);
    assert.deepEqual(told(), []);
    morph.at = () => 0.5;
    tick(480, 480);
    assert.deepEqual(
      told().map(({ kind, position }) => [kind, position]),
      [['move', 0.5]],
    );
    act('loop', 0);
    assert.equal(told()[0]!.kind, 'release');
    morph.at = () => 0.75;
    tick(960, 480);
    assert.deepEqual(told(), []);
  });

  it('looks at a position that moves at the same engine frames whatever the block', () => {
    const run = (block: number) => {
      const { act, told, tick, morph } = setUp();
      act('state/store', 'a');
      act('state/morph', 'a', 'a');
      told();
      morph.isSteady = false;
      morph.at = (frame) => frame / 4800;
      for (let at = 0; at < 4800; at += block) tick(at, block);
      return told().map(({ kind, position }) => [kind, position]);
    };
    const expected = run(4800);
    assert.equal(expected.length, 20);
    for (const block of [48, 240, 600]) assert.deepEqual(run(block), expected);
  });

  it('freezes and loops what is there now, until told otherwise', () => {
    const { act, told } = setUp();
    act('freeze', true);
    act('freeze', true, 'all', 100);
    act('loop', 0.5);
    act('freeze', false);
    const commands = told();
    assert.deepEqual(
      commands.map(({ kind }) => kind),
      ['keep', 'repeat', 'keep', 'repeat', 'keep', 'repeat', 'release'],
    );
    assert.deepEqual([commands[1]!.tiers, commands[1]!.frames], [SLOW, 4000]);
    assert.deepEqual([commands[3]!.tiers, commands[3]!.frames], [ALL_TIERS, 1600]);
    assert.deepEqual([commands[5]!.tiers, commands[5]!.frames], [ALL_TIERS, 8000]);
    assert.equal(commands[1]!.a, commands[0]!.a);
    for (const seconds of [-1, 61, Number.NaN])
      assert.throws(() => act('loop', seconds), { code: 'NODE_ARGUMENT' });
  });

  it('rewinds as far as the stream can, and says how far', () => {
    const { act, told } = setUp();
    assert.equal(act('rewind', 0.5), 0.5);
    assert.equal(act('rewind', 5), 1);
    assert.deepEqual(
      told().map(({ kind, frames }) => [kind, frames]),
      [
        ['release', 0],
        ['rewind', 8000],
        ['release', 0],
        ['rewind', 16_000],
      ],
    );
    assert.throws(() => act('rewind', -1), { code: 'NODE_ARGUMENT' });
  });

  it('a reset takes back what was stored so lately that it may not be sure, and tells by the name', () => {
    const { act, tick, stream, instrument } = setUp('live', 160);
    act('state/store', 'calm');
    const sureAt = 100 + 3 * 160;
    while (stream.frame < sureAt) tick(0, 480);
    tick(0, 480);
    act('state/store', 'late');
    for (const until = stream.frame + sureAt - 160; stream.frame < until; ) tick(0, 480);
    instrument.restart();
    act('state/recall', 'calm');
    assert.throws(() => act('state/recall', 'late'), { code: 'MODEL_NO_SUCH_STATE' });
  });

  it('forks to the seed that is given, or to another each time, the same in each run', () => {
    const { act, told, instrument } = setUp();
    act('fork');
    act('fork');
    act('fork', -1);
    instrument.restart();
    act('fork');
    assert.deepEqual(
      told().map(({ seed }) => seed),
      [101, 102, 0xffffffff, 101],
    );
  });

  for (const mode of ['offline', 'live'] as const) {
    it(`${mode}: saves a state when it is there, and loads it into another slot`, async () => {
      const { act, tick, told, files, stream } = setUp(mode);
      act('state/store', 'calm');
      const [{ a } = assert.fail()] = told();
      const bytes = stream.states.slots.get(a)!;
      stream.states.slots.delete(a);
      const saved = act('state/save', 'calm');
      tick(0, 480);
      assert.equal(files.files.size, 0);
      stream.states.slots.set(a, bytes);
      tick(480, 480);
      await saved;
      assert.deepEqual(files.files.get('calm'), bytes);
      await act('state/load', 'calm');
      act('state/recall', 'calm');
      assert.notEqual(told()[1]!.a, a);
      files.files.set('bad', new Uint8Array(3));
      await assert.rejects(async () => act('state/load', 'bad'), { code: 'MODEL_STATE_DAMAGED' });
      assert.throws(() => act('state/load', '../calm'), { code: 'NODE_ARGUMENT' });
    });
  }

  it('gives up saving what never comes', async () => {
    const { act, tick, stream } = setUp();
    act('state/store', 'calm');
    stream.states.slots.clear();
    const saved = act('state/save', 'calm');
    tick(0, 480);
    tick(480_480, 480);
    await assert.rejects(async () => saved, { code: 'MODEL_STATE_BUSY' });
  });

  it('says so when the stream takes no more', () => {
    const { act, stream } = setUp();
    stream.states.isFull = true;
    assert.throws(() => act('state/store', 'calm'), { code: 'MODEL_STATE_BUSY' });
    stream.states.isFull = false;
    assert.throws(() => act('state/recall', 'calm'), { code: 'MODEL_NO_SUCH_STATE' });
  });
});
