import assert from 'node:assert/strict';
import { createRegistry, type GraphEdit, type Patch, PatchEditor, parsePatch } from '../../graph/index.js';
import { edgesOf, nodesOf, patchOf, toyNodes } from './toy-nodes.js';

const registry = createRegistry(toyNodes);
const before = parsePatch(
  patchOf({
    nodes: [
      { id: 'level', type: 'level', params: { value: 2 } },
      { id: 's', type: 'scale', params: { by: 3 } },
      { id: 'late', type: 'late', settings: { frames: 20 } },
      ...nodesOf('counter', 'sum'),
    ],
    edges: [
      ...edgesOf('level.audio > s.audio', 's.audio > late.audio', 's.audio > sum.a', 'late.audio > sum.b'),
      { from: 'counter.out', to: 's.by', amount: 0.5 },
    ],
    output: 'sum.audio',
  }),
);

function editor(...edits: readonly GraphEdit[]): PatchEditor {
  const made = new PatchEditor(before, registry);
  for (const edit of edits) made.apply(edit);
  return made;
}

const patched = (...edits: readonly GraphEdit[]): Patch => editor(...edits).patch;
const node = (patch: Patch, id: string) => patch.nodes.find((other) => other.id === id);
const into = (patch: Patch, to: string) => patch.edges.filter((edge) => edge.to === to);

describe('PatchEditor', () => {
  it('adds and removes nodes, with their edges', () => {
    const added = patched({ kind: 'add', type: 'stereo', id: 'new' });
    assert.deepEqual(node(added, 'new'), { id: 'new', type: 'stereo', settings: {}, params: {} });
    const removed = patched({ kind: 'remove', id: 's' });
    assert.equal(node(removed, 's'), undefined);
    assert.deepEqual(removed.edges, edgesOf('late.audio > sum.b'));
    assert.deepEqual(before.edges.length, 5, 'the patch before is not touched');
  });

  it('connects in the place of what was there, and adds modulations up', () => {
    const taken = patched({ kind: 'connect', from: 'level.audio', to: 'sum.b' });
    assert.deepEqual(into(taken, 'sum.b'), edgesOf('level.audio > sum.b'));
    const two = patched(
      { kind: 'add', type: 'counter', id: 'c' },
      { kind: 'connect', from: 'c.out', to: 's.by', amount: 2 },
      { kind: 'connect', from: 'counter.out', to: 's.by', amount: 0.25 },
    );
    assert.deepEqual(into(two, 's.by'), [
      { from: 'c.out', to: 's.by', amount: 2 },
      { from: 'counter.out', to: 's.by', amount: 0.25 },
    ]);
  });

  it('disconnects what is connected, and says what is', () => {
    assert.deepEqual(into(patched({ kind: 'disconnect', from: 'late.audio', to: 'sum.b' }), 'sum.b'), []);
    assert.throws(() => editor({ kind: 'disconnect', from: 'level.audio', to: 'sum.b' }), {
      code: 'GRAPH_NO_EDGE',
      message: /fed by late\.audio/,
    });
  });

  it('replaces a node where its edges, params and settings have a place', () => {
    const replaced = editor({ kind: 'replace', id: 's', type: 'sum' });
    assert.deepEqual(node(replaced.patch, 's'), { id: 's', type: 'sum', settings: {}, params: {} });
    assert.deepEqual(into(replaced.patch, 's.a'), edgesOf('level.audio > s.a'));
    assert.deepEqual(into(replaced.patch, 's.by'), []);
    assert.deepEqual(into(replaced.patch, 'sum.a'), edgesOf('s.audio > sum.a'));
    assert.deepEqual(replaced.anew, ['s']);
    const same = patched({ kind: 'replace', id: 'late', type: 'late' });
    assert.deepEqual(node(same, 'late')!.settings, { frames: 20 });
    assert.deepEqual(new Set(same.edges), new Set(before.edges));
    assert.equal(patched({ kind: 'replace', id: 'sum', type: 'stereo' }).output, 'sum.audio');
  });

  it('sets settings of any node, and first values of params of new ones', () => {
    const patch = patched(
      { kind: 'setting', id: 'late', name: 'frames', value: 5 },
      { kind: 'add', type: 'level', id: 'new' },
      { kind: 'setting', id: 'new', name: 'value', value: -2 },
      { kind: 'setting', id: 'new', name: 'isOn', value: 0 },
    );
    assert.deepEqual(node(patch, 'late')!.settings, { frames: 5 });
    assert.deepEqual(node(patch, 'new')!.params, { value: -2, isOn: false });
    for (const [edit, code, message] of [
      [{ id: 'level', name: 'value', value: 1 }, 'PATCH_SETTING_UNKNOWN', /param of "level", which plays/],
      [{ id: 'late', name: 'frame', value: 1 }, 'PATCH_SETTING_UNKNOWN', /did you mean "frames"/i],
      [{ id: 'late', name: 'frames', value: 'x' }, 'PATCH_SETTING_VALUE', /a number from 0 to 1000/],
      [{ id: 'nobody', name: 'frames', value: 1 }, 'GRAPH_UNKNOWN_NODE', /nobody/],
    ] as const) {
      assert.throws(() => editor({ kind: 'setting', ...edit }), { code, message });
    }
  });

  it('refuses ids and types that are there or are not', () => {
    assert.throws(() => editor({ kind: 'add', type: 'level', id: 's' }), { code: 'PATCH_ID_DUPLICATE' });
    assert.throws(() => editor({ kind: 'add', type: 'levl', id: 'x' }), {
      code: 'GRAPH_UNKNOWN_TYPE',
      message: /level/,
    });
    assert.throws(() => editor({ kind: 'remove', id: 'lat' }), {
      code: 'GRAPH_UNKNOWN_NODE',
      message: /late/,
    });
    assert.throws(() => editor({ kind: 'connect', from: 'x.audio', to: 's.audio' }), {
      code: 'GRAPH_UNKNOWN_NODE',
    });
  });

  it('names the edit behind a fault', () => {
    const made = editor(
      { kind: 'add', type: 'level', id: 'new' },
      { kind: 'remove', id: 's' },
      { kind: 'connect', from: 'new.audio', to: 'late.audio' },
      { kind: 'output', port: 'late.audio' },
    );
    const at = (id: string): number => made.patch.nodes.findIndex((other) => other.id === id);
    assert.equal(made.editBehind(`$.nodes[${at('sum')}]`), 1, 'its input is open since then');
    assert.equal(made.editBehind(`$.nodes[${at('new')}].id`), 0);
    assert.equal(made.editBehind(`$.edges[${made.patch.edges.length - 1}].to`), 2);
    assert.equal(made.editBehind('$.edges'), 2);
    assert.equal(made.editBehind('$.output'), 3);
    assert.equal(made.editBehind(undefined), 3);
    assert.equal(made.editBehind('$.nodes[0]'), 3, 'of before');
  });
});
