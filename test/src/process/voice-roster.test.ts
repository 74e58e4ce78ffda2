import assert from 'node:assert/strict';
import { patchAsSet, VoiceRoster } from '../../../src/process/voice-roster.js';
import { patchOf } from '../engine/fake-parts.js';

const start = (id: string) =>
  ({ id, presetName: 'steady', priority: 1, gainDb: 0, azimuth: 0, distance: 1 }) as const;

describe('VoiceRoster', () => {
  it('knows where voices are and how they are set', () => {
    const roster = new VoiceRoster();
    const patch = patchOf('steady', { value: 0.1 });
    roster.started(start('a'), patch);
    roster.started(start('b'), patch);
    roster.apply({ kind: 'param', nodeId: 'a/source', name: 'value', value: 0.2 });
    roster.apply({ kind: 'param', nodeId: 'a/', name: 'gain', value: -6 });
    roster.apply({ kind: 'voice-place', voice: 'a', azimuth: 90, distance: 5, rampMs: 0 });
    roster.apply({ kind: 'voice-limit', limit: 7 });
    // Not theirs, or of one that has ended.
    roster.apply({ kind: 'param', nodeId: 'source', name: 'value', value: 0.3 });
    roster.apply({ kind: 'param', nodeId: 'c/source', name: 'value', value: 0.3 });
    const { limit, playing, patches } = JSON.parse(JSON.stringify(roster.snapshot()));
    assert.equal(limit, 7);
    assert.deepEqual(playing, [
      { ...start('a'), gainDb: -6, azimuth: 90, distance: 5, params: { source: { value: 0.2 } } },
      { ...start('b'), params: {} },
    ]);
    assert.equal(patchAsSet(patches.steady, playing[0]!.params).nodes[0]?.params?.value, 0.2);
    assert.equal(patchAsSet(patches.steady, playing[1]!.params).nodes[0]?.params?.value, 0.1);
  });

  it('keeps a patch as long as a voice or a pool needs it', () => {
    const roster = new VoiceRoster();
    const patch = patchOf('steady');
    roster.started(start('a'), patch);
    roster.setPool('steady', patch, 3);
    roster.ended('a');
    assert.ok(!roster.has('a'));
    assert.equal(roster.pooled('steady'), patch);
    roster.setPool('steady', patch, 0);
    assert.equal(roster.pooled('steady'), undefined);
    assert.deepEqual(roster.snapshot().patches, {});
  });

  it('is not changed through a snapshot that was handed out', () => {
    const roster = new VoiceRoster();
    roster.started(start('a'), patchOf('steady'));
    const before = roster.snapshot();
    roster.apply({ kind: 'param', nodeId: 'a/source', name: 'value', value: 0.2 });
    assert.deepEqual(before.playing[0]!.params, {});
  });
});
