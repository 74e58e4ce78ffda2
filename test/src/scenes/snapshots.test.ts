import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { packageRoot } from '../../../models/index.js';
import {
  aimsOf,
  parseCues,
  parseSnapshot,
  patchWith,
  SceneFolder,
  Snapshots,
  snapshotOf,
} from '../../../src/scenes/index.js';
import { useTempFolder } from '../../support/temp-folder.js';
import { fakeParts, patchOf } from '../engine/fake-parts.js';

const { registry } = fakeParts();
const calm = snapshotOf('steady', { source: { value: -0.25 } });
const head = { format: 'sashimi-live/snapshot', formatVersion: 1 };
const cues = { format: 'sashimi-live/cues', formatVersion: 1 };

describe('snapshots on the disk', () => {
  const folder = useTempFolder();
  const open = () => new Snapshots(new SceneFolder(folder.path('own')));

  it('are stored, listed, read and deleted', async () => {
    const snapshots = open();
    assert.deepEqual(await snapshots.list(), []);
    await snapshots.store('wild', snapshotOf('steady', { source: { value: 1 } }));
    await snapshots.store('calm', calm);
    assert.deepEqual(await snapshots.list(), ['calm', 'wild']);
    assert.deepEqual(await open().load('calm'), calm);
    await snapshots.delete('wild');
    assert.deepEqual(await snapshots.list(), ['calm']);
    await assert.rejects(snapshots.load('wild'), { code: 'SCENE_NOT_FOUND' });
    await assert.rejects(snapshots.delete('wild'), { code: 'SCENE_NOT_FOUND' });
    assert.deepEqual(readdirSync(folder.path('own/snapshots')), ['calm.json']);
  });

  it('are read anew when they were edited', async () => {
    const snapshots = open();
    await snapshots.store('calm', calm);
    assert.equal(await snapshots.load('calm'), await snapshots.load('calm'));
    await snapshots.store('calm', snapshotOf('other', { source: { value: 0.75 } }));
    assert.equal((await snapshots.load('calm')).params.source!.value, 0.75);
    writeFileSync(folder.path('own/snapshots/calm.json'), '{');
    await assert.rejects(snapshots.load('calm'), { code: 'SCENE_FORMAT', message: /calm\.json/ });
  });

  it('have plain names, and no link leads out of their folder', async () => {
    const snapshots = open();
    for (const name of ['../calm', '/etc/passwd', 'a/b', '', '.hidden', 'a\0b', 'a'.repeat(65), 'é']) {
      await assert.rejects(snapshots.store(name, calm), { code: 'SCENE_NAME' }, name);
      await assert.rejects(snapshots.load(name), { code: 'SCENE_NAME' }, name);
      await assert.rejects(snapshots.delete(name), { code: 'SCENE_NAME' }, name);
    }
    await snapshots.store('calm', calm);
    writeFileSync(folder.path('outside.json'), JSON.stringify(calm));
    symlinkSync(folder.path('outside.json'), folder.path('own/snapshots/link.json'));
    await assert.rejects(snapshots.load('link'), { code: 'SCENE_READ', message: /link/ });
  });

  it('do not grow without bound, and say when the disk refuses', async () => {
    const snapshots = open();
    mkdirSync(folder.path('own/snapshots'), { recursive: true });
    for (let n = 0; n < 512; n++) writeFileSync(folder.path(`own/snapshots/n${n}.json`), '{}');
    await assert.rejects(snapshots.store('one-more', calm), { code: 'SCENE_FULL' });
    await snapshots.store('n7', calm);
    writeFileSync(folder.path('own/snapshots/huge.json'), ' '.repeat(4_000_001));
    await assert.rejects(snapshots.load('huge'), { code: 'SCENE_READ' });
    writeFileSync(folder.path('file'), '');
    const nowhere = new Snapshots(new SceneFolder(folder.path('file')));
    await assert.rejects(nowhere.store('calm', calm), { code: 'SCENE_WRITE' });
  });
});

describe('snapshots', () => {
  const bad = [
    ['no JSON', '{', 'SCENE_FORMAT'],
    ['another file', '{"format":"sashimi-live/patch","formatVersion":1,"params":{}}', 'SCENE_FORMAT'],
    ['a later version', JSON.stringify({ ...head, formatVersion: 2, params: {} }), 'SCENE_VERSION'],
    ['nothing', 'null', 'SCENE_FORMAT'],
    ['no params', JSON.stringify(head), 'SCENE_FORMAT'],
    ['a value that is none', JSON.stringify({ ...head, params: { a: { b: null } } }), 'SCENE_FORMAT'],
    ['a name that is none', JSON.stringify({ ...head, params: { 'a/b': {} } }), 'SCENE_FORMAT'],
    ['an unknown field', JSON.stringify({ ...head, params: {}, code: 'x' }), 'SCENE_FORMAT'],
    ['an unknown curve', JSON.stringify({ ...head, params: {}, curves: { a: { b: 'x' } } }), 'SCENE_FORMAT'],
  ] as const;
  for (const [name, text, code] of bad) {
    it(`refuse ${name}`, () =>
      assert.throws(() => parseSnapshot(text, 'x.json'), { code, message: /x\.json/ }));
  }

  it('tell what the patch has not, and set the rest inside its range', () => {
    const params = {
      source: { value: 7, else: 1, constructor: 2 },
      gone: { value: 0 },
    };
    const { aims, skipped } = aimsOf(snapshotOf('x', params), patchOf('steady'), registry);
    assert.deepEqual(
      aims.map(({ nodeId, name, to }) => [nodeId, name, to]),
      [['source', 'value', 1]],
    );
    assert.deepEqual(skipped, [
      'source value 7 is set to 1',
      'source has no param else',
      'source has no param constructor',
      'there is no node gone',
    ]);
    const wrong = aimsOf(snapshotOf('x', { source: { value: 'loud' } }), patchOf('steady'), registry);
    assert.equal(wrong.aims.length, 0);
    assert.match(wrong.skipped[0]!, /^source: /);
  });

  it('give a patch its values', () => {
    const { aims } = aimsOf(calm, patchOf('steady', { value: 1 }), registry);
    assert.deepEqual(patchWith(patchOf('steady', { value: 1 }), aims).nodes[0]!.params, { value: -0.25 });
  });
});

describe('cue lists', () => {
  it('are as their schema says', () => {
    const list = {
      ...cues,
      cues: [
        { name: 'dawn', preset: 'shore', ms: 10 },
        { snapshot: 'calm', followMs: 5 },
      ],
    };
    assert.deepEqual(parseCues(JSON.stringify(list), 'x.json'), list);
  });

  for (const [name, cue] of [
    ['with nothing to do', { name: 'x' }],
    ['with a negative time', { preset: 'x', ms: -1 }],
    ['with a path for a snapshot', { snapshot: '../x' }],
    ['with an unknown field', { preset: 'x', run: 'rm' }],
  ] as const) {
    it(`refuse a cue ${name}`, () => {
      const text = JSON.stringify({ ...cues, cues: [cue] });
      assert.throws(() => parseCues(text, 'x.json'), { code: 'SCENE_FORMAT', message: /\/cues\/0/ });
    });
  }
});

describe('the schemas', () => {
  for (const name of ['snapshot', 'cues']) {
    it(`${name} is a schema`, () => {
      const text = readFileSync(join(packageRoot(), 'src/scenes', `${name}.schema.json`), 'utf8');
      assert.ok(new Ajv({ allowUnionTypes: true }).validateSchema(JSON.parse(text)));
    });
  }

  it('take the examples of docs/presets.md', () => {
    const text = readFileSync(join(packageRoot(), 'docs/presets.md'), 'utf8');
    const [snapshot, list] = [...text.matchAll(/```json\n([^`]+)```/g)].map(([, json]) => json!);
    assert.equal(parseSnapshot(snapshot!, 'docs').preset, 'shore');
    assert.equal(parseCues(list!, 'docs').cues.length, 3);
  });
});
