import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { listPresets, readPreset, readRemotePreset } from '../../../src/engine/presets.js';
import { useTempFolder } from '../../support/temp-folder.js';
import { patchOf } from './fake-parts.js';

describe('presets', () => {
  const folder = useTempFolder();
  const text = JSON.stringify(patchOf('steady'));

  it('are found by name', () => {
    assert.ok(listPresets().includes('shore'));
    for (const name of listPresets()) assert.equal(readPreset(name).name, name);
  });

  it('are found by path', () => {
    writeFileSync(folder.path('mine.json'), text);
    const { name, patch } = readPreset(folder.path('mine.json'));
    assert.equal(name, 'mine');
    assert.equal(patch.title, 'steady');
  });

  it('of one own are found first, by name', () => {
    mkdirSync(folder.path('own'));
    writeFileSync(folder.path('own/shore.json'), text);
    writeFileSync(folder.path('outside.json'), text);
    symlinkSync(folder.path('outside.json'), folder.path('own/link.json'));
    const own = folder.path('own');
    assert.equal(readPreset('shore', own).file, folder.path('own/shore.json'));
    assert.equal(readPreset('drift', own).patch.title, 'Drift');
    assert.equal(readRemotePreset('shore', folder.path(), own).patch.title, 'steady');
    assert.throws(() => readRemotePreset('link', own), { code: 'ENGINE_PRESET_NOT_FOUND' });
    mkdirSync(folder.path('work'));
    assert.throws(() => readRemotePreset('link', folder.path('work'), own), { code: 'ENGINE_PRESET_NAME' });
  });

  it('are refused with a code', () => {
    assert.throws(() => readPreset('no-such'), { code: 'ENGINE_PRESET_NOT_FOUND' });
    assert.throws(() => readPreset(folder.path()), { code: 'ENGINE_PRESET_READ' });
    writeFileSync(folder.path('bad.json'), '{');
    assert.throws(() => readPreset(folder.path('bad.json')), { code: 'PATCH_JSON', message: /bad\.json/ });
    writeFileSync(folder.path('huge.json'), ' '.repeat(5_000_000));
    assert.throws(() => readPreset(folder.path('huge.json')), { code: 'ENGINE_PRESET_READ' });
  });

  it('come over the network by name, or from the folder of the engine only', () => {
    mkdirSync(folder.path('work'));
    writeFileSync(folder.path('work/mine.json'), text);
    writeFileSync(folder.path('outside.json'), text);
    symlinkSync(folder.path('outside.json'), folder.path('work/link.json'));
    const work = folder.path('work');
    assert.equal(readRemotePreset('shore', work).name, 'shore');
    assert.equal(readRemotePreset('mine.json', work).name, 'mine');
    for (const name of [
      '../outside.json',
      folder.path('outside.json'),
      'link.json',
      '/etc/passwd',
      'a/b',
      '..',
    ]) {
      assert.throws(() => readRemotePreset(name, work), { code: 'ENGINE_PRESET_NAME' }, name);
    }
    assert.throws(() => readRemotePreset('gone.json', work), { code: 'ENGINE_PRESET_NOT_FOUND' });
  });
});
