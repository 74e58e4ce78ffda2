import assert from 'node:assert/strict';
import { parsePatch } from '../../../graph/index.js';
import { parseControl, parseOptions } from '../../../src/binding/index.js';
import { Mirror } from '../../../src/process/mirror.js';
import { patchOf } from '../engine/fake-parts.js';

describe('Mirror', () => {
  it('makes a patch that starts with what was set last', () => {
    const mirror = new Mirror(patchOf('steady', { value: 0.1 }), 'a');
    mirror.apply({ kind: 'param', nodeId: 'source', name: 'value', value: 0.2 });
    mirror.apply({ kind: 'master-gain', gainDb: -3 });
    mirror.apply({ kind: 'master-mute', muted: true });
    const { patch, voices: _voices, ...rest } = mirror.snapshot();
    assert.deepEqual(patch.nodes[0]!.params, { value: 0.2 });
    assert.deepEqual(parsePatch(JSON.parse(JSON.stringify(patch))), patch);
    assert.deepEqual(rest, { presetName: 'a', masterGainDb: -3, muted: true, subscribers: [] });
  });

  it('forgets the params of a patch that was replaced, and keeps the master', () => {
    const mirror = new Mirror(patchOf('steady'), 'a');
    mirror.apply({ kind: 'param', nodeId: 'source', name: 'value', value: 0.2 });
    mirror.apply({ kind: 'master-gain', gainDb: -3 });
    mirror.setPatch(patchOf('steady'), 'b', { source: { value: 0.5 } });
    const { patch, presetName, masterGainDb } = mirror.snapshot();
    assert.deepEqual(patch.nodes[0]!.params, { value: 0.5 });
    assert.equal(presetName, 'b');
    assert.equal(masterGainDb, -3);
  });

  it('keeps what is bound, and is silent of it where nothing is', () => {
    const mirror = new Mirror(patchOf('steady'), 'a');
    const bindings = {
      own: [{ control: parseControl('cc:1'), to: '/master/gain', ...parseOptions() }],
      ofPreset: [],
    };
    mirror.setBindings(bindings);
    mirror.setPatch(patchOf('steady'), 'b', {});
    assert.deepEqual(mirror.snapshot().bindings, bindings);
    mirror.setBindings({ own: [], ofPreset: [] });
    assert.ok(!('bindings' in mirror.snapshot()));
  });

  it('is not changed through a snapshot that was handed out', () => {
    const mirror = new Mirror(patchOf('steady'), 'a');
    const before = mirror.snapshot();
    mirror.apply({ kind: 'param', nodeId: 'source', name: 'value', value: 0.2 });
    assert.deepEqual(before.patch.nodes[0]!.params, {});
  });
});
