import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { StateOwner } from '../../../nodes/index.js';
import { EngineStateFiles } from '../../../src/engine/state-files.js';
import { useTempFolder } from '../../support/temp-folder.js';

const OWNER: StateOwner = {
  bundle: 'shore',
  weightsSha256: 'ab'.repeat(32),
  stepper: 'native',
  stateBytes: 64,
};

describe('files of states', () => {
  const temp = useTempFolder();
  const state = Uint8Array.from({ length: 64 }, (_, i) => (i * 37) % 256);
  const open = () => new EngineStateFiles(temp.path('states'));
  const load = async (files: EngineStateFiles, name: string, owner: StateOwner): Promise<Uint8Array> =>
    files.load(name, owner, 'live');

  it('are read as they were written, over an older one too, and leave nothing else behind', async () => {
    const files = open();
    await files.save('calm', OWNER, new Uint8Array(64));
    await Promise.all([files.save('calm', OWNER, state), files.save('wild', OWNER, state)]);
    assert.deepEqual(Uint8Array.from(await load(files, 'calm', OWNER)), state);
    assert.deepEqual(Uint8Array.from(files.load('wild', OWNER, 'offline') as Uint8Array), state);
    assert.deepEqual(readdirSync(temp.path('states')).sort(), ['calm.state', 'wild.state']);
    assert.match(readFileSync(temp.path('states/calm.state'), 'latin1'), /neural audio model/);
  });

  it('are refused by another model, another stepper and another shape, by name', async () => {
    const files = open();
    await files.save('calm', OWNER, state);
    for (const other of [
      { weightsSha256: 'cd'.repeat(32), bundle: 'piano' },
      { stepper: 'wasm' },
      { stateBytes: 60 },
    ]) {
      const owner = { ...OWNER, ...other } as StateOwner;
      await assert.rejects(load(files, 'calm', owner), { code: 'ENGINE_STATE_FOREIGN', message: /shore/ });
      assert.throws(() => files.load('calm', owner, 'offline'), { code: 'ENGINE_STATE_FOREIGN' });
    }
  });

  it('go between native and cuda, whose states are the same bytes', async () => {
    const files = open();
    await files.save('calm', OWNER, state);
    assert.deepEqual(Uint8Array.from(await load(files, 'calm', { ...OWNER, stepper: 'cuda' })), state);
    await files.save('calm', { ...OWNER, stepper: 'cuda' }, state);
    assert.deepEqual(Uint8Array.from(await load(files, 'calm', OWNER)), state);
  });

  it('have plain names', async () => {
    const files = open();
    for (const name of ['', '../calm', 'a/b', 'a.b', '/etc/passwd', 'x'.repeat(200)]) {
      await assert.rejects(files.save(name, OWNER, state), { code: 'ENGINE_STATE_NAME' });
      await assert.rejects(load(files, name, OWNER), { code: 'ENGINE_STATE_NAME' });
    }
    await assert.rejects(load(files, 'none', OWNER), { code: 'ENGINE_STATE_NOT_FOUND' });
  });

  it('are refused when they are broken, whatever the byte', async () => {
    const files = open();
    await files.save('calm', OWNER, state);
    const file = temp.path('states/calm.state');
    const whole = readFileSync(file);
    for (const broken of [
      Buffer.alloc(0),
      whole.subarray(0, 40),
      whole.subarray(0, whole.length - 1),
      Buffer.concat([whole, Buffer.from('x')]),
      Buffer.from('{"format":"sashimi-live/state"}\n'),
      Buffer.from('null\n'),
      Buffer.alloc(5000, 32),
    ]) {
      writeFileSync(file, broken);
      await assert.rejects(load(files, 'calm', OWNER), { name: 'EngineError' });
    }
    const changed = Buffer.from(whole);
    changed[whole.length - 5]! ^= 1;
    writeFileSync(file, changed);
    await assert.rejects(load(files, 'calm', OWNER), { code: 'ENGINE_STATE_READ' });
    writeFileSync(file, Buffer.alloc(1 << 20));
    await assert.rejects(load(files, 'calm', OWNER), { code: 'ENGINE_STATE_FOREIGN' });
  });

  it('that cannot be written are told, and nothing is left', async () => {
    writeFileSync(temp.path('in-the-way'), 'x');
    const files = new EngineStateFiles(temp.path('in-the-way'));
    await assert.rejects(files.save('calm', OWNER, state), { code: 'ENGINE_STATE_WRITE' });
    assert.equal(readFileSync(temp.path('in-the-way'), 'utf8'), 'x');
  });
});
