import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { liesInside } from '../../../src/engine/inside-folder.js';
import { useTempFolder } from '../../support/temp-folder.js';

describe('liesInside', () => {
  const folder = useTempFolder();

  it('follows what is there, and reads the rest', () => {
    const home = folder.path('home');
    mkdirSync(join(home, 'sounds'), { recursive: true });
    mkdirSync(folder.path('elsewhere'));
    writeFileSync(join(home, 'sounds', 'a.wav'), '');
    writeFileSync(folder.path('elsewhere/b.wav'), '');
    symlinkSync(folder.path('elsewhere'), join(home, 'out'));
    symlinkSync('sounds', join(home, 'in'));
    for (const [path, is] of [
      ['sounds/a.wav', true],
      ['sounds/none.wav', true],
      ['none/at/all', true],
      ['in/a.wav', true],
      [join(home, 'sounds'), true],
      ['sounds/../sounds', true],
      ['shore', true],
      ['', true],
      ['..', false],
      ['../elsewhere/b.wav', false],
      ['sounds/../../elsewhere', false],
      ['none/../../elsewhere/none', false],
      ['out/b.wav', false],
      ['out/none', false],
      ['/etc/passwd', false],
      ['a\0b', false],
    ] as const) {
      assert.equal(liesInside(path, home, [home]), is, JSON.stringify(path));
    }
    assert.ok(liesInside('out/b.wav', home, [home, folder.path('elsewhere')]));
  });
});
