import assert from 'node:assert/strict';
import { MorphGate } from '../../../src/engine/morph-gate.js';

const said = (morph?: number, name = 'value') =>
  ({ kind: 'param', nodeId: 'source', name, value: 0, ...(morph !== undefined && { morph }) }) as const;

describe('MorphGate', () => {
  it('lets everything through that is no morph', () => {
    const gate = new MorphGate();
    gate.heard({ kind: 'panic' });
    gate.heard(said());
    assert.ok(gate.admits(said()));
  });

  it('passes over a morph that a hand has ended, for that param only', () => {
    const gate = new MorphGate();
    for (const message of [said(1), said(1), said(1, 'other')]) gate.heard(message);
    assert.ok(gate.admits(said(1)));
    assert.ok(gate.admits(said()));
    assert.ok(!gate.admits(said(1)));
    assert.ok(gate.admits(said(1, 'other')));
  });

  it('passes over a morph that waits for its first frame when a hand comes', () => {
    const gate = new MorphGate();
    gate.heard(said(1));
    assert.ok(gate.admits(said()));
    assert.ok(!gate.admits(said(1)));
  });

  it('lets a later morph begin, and ends the one before', () => {
    const gate = new MorphGate();
    gate.heard(said(1));
    assert.ok(gate.admits(said(1)));
    assert.ok(gate.admits(said()));
    gate.heard(said(2));
    assert.ok(gate.admits(said(2)));
    assert.ok(!gate.admits(said(1)));
    assert.ok(gate.admits(said(2)));
  });

  it('ends all that was heard of', () => {
    const gate = new MorphGate();
    gate.heard(said(3));
    gate.heard(said(4, 'other'));
    gate.endAll();
    assert.ok(!gate.admits(said(3)));
    assert.ok(!gate.admits(said(4, 'other')));
    gate.heard(said(5));
    assert.ok(gate.admits(said(5)));
  });
});
