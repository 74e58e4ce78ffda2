import assert from 'node:assert/strict';
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import type { ActionSpecs } from '../../graph/index.js';
import { packageRoot } from '../../models/index.js';
import { createNodeRegistry } from '../../src/container/node-registry.js';
import { leavesProject } from '../../src/project-paths.js';
import { useSuiteTempFolder } from '../support/temp-folder.js';

describe('paths in messages', () => {
  const folder = useSuiteTempFolder();
  let project: string;

  before(() => {
    project = folder.path('project');
    mkdirSync(folder.path('project/in'), { recursive: true });
    writeFileSync(folder.path('secret.wav'), 'secret');
    writeFileSync(folder.path('project/in/mine.wav'), 'mine');
    symlinkSync(folder.path('secret.wav'), folder.path('project/link.wav'));
    symlinkSync(folder.path(), folder.path('project/up'));
    symlinkSync(folder.path('nowhere'), folder.path('project/dangling'));
    symlinkSync(folder.path('project/in'), folder.path('project/inner'));
  });

  it('stay inside the project, whether the file is there or not', () => {
    for (const text of [
      'in/mine.wav',
      'in',
      'new.wav',
      'in/../in/mine.wav',
      'a/b/c.wav',
      'inner/mine.wav',
      'mixture',
      '',
    ]) {
      assert.equal(leavesProject(text, project), false, text);
    }
    assert.equal(leavesProject(`${packageRoot()}/presets/shore.json`, project), false);
    assert.equal(leavesProject(realpathSync(folder.path('project/in/mine.wav')), project), false);
  });

  it('leave it by dots, from the root, through links, and with a NUL', () => {
    for (const text of [
      '../secret.wav',
      '../../etc/passwd',
      'in/../../secret.wav',
      '/etc/passwd',
      '/',
      '..',
      'link.wav',
      'up/secret.wav',
      'up/new.wav',
      'dangling',
      'in/mine.wav\0.txt',
      `${'../'.repeat(60)}etc/passwd`,
    ])
      assert.equal(leavesProject(text, project), true, text);
  });

  /**
   * Every text that a message may carry to a node, and what it is taken for. A newcomer says it here: a
   * `file` or a `name` is then tried in test/end-to-end/paths-live.test.ts; the rest reaches no file.
   */
  const texts: Readonly<Record<string, 'file' | 'name' | 'words'>> = {
    'prime.file': 'file',
    'state/store.name': 'name',
    'state/recall.name': 'name',
    'state/recall.tiers': 'words',
    'state/morph.a': 'name',
    'state/morph.b': 'name',
    'state/morph.tiers': 'words',
    'state/save.name': 'name',
    'state/load.name': 'name',
    'freeze.tiers': 'words',
    'loop.tiers': 'words',
    'rewind.tiers': 'words',
    'say.word': 'words',
    'say.text': 'words',
    'sing.text': 'words',
    'sing.phones': 'words',
    'phones.phones': 'words',
    'pattern.steps': 'words',
  };

  it('are known, all of them', () => {
    const ofNodes = createNodeRegistry([]).descriptors.flatMap(({ actions }) =>
      Object.entries((actions ?? {}) as ActionSpecs).flatMap(([name, { args }]) =>
        args.filter(({ type }) => type === 'string').map((arg) => `${name}.${arg.name}`),
      ),
    );
    for (const text of ofNodes) assert.ok(text in texts, text);
  });
});
