import assert from 'node:assert/strict';
import { ALL_TIERS, mixStates, StateMemory } from '../../../models/state/mix-states.js';
import type { SnapshotLayout } from '../../../models/state/snapshot-layout.js';
import { isFiniteState, isStateCommand } from '../../../models/state/state-check.js';
import { stateSizes } from '../../../models/state/state-command.js';
import { slowTiers } from '../../../models/state/state-deck.js';

/** Of a fast tier bytes and two floats, of a slow one two doubles; the last bytes are nobody's. */
const layout: SnapshotLayout = {
  numTiers: 2,
  ranges: [
    { tier: 0, offset: 0, length: 4, kind: 'bytes' },
    { tier: 0, offset: 8, length: 8, kind: 'float32' },
    { tier: 1, offset: 16, length: 16, kind: 'float64' },
  ],
  seed: { offset: 4, type: 'uint32' },
};

function state(byte: number, floats: number[], doubles: number[]): StateMemory {
  const memory = new StateMemory(40);
  memory.bytes.fill(byte, 0, 8);
  memory.bytes.fill(byte, 32);
  memory.floats.set(floats, 2);
  memory.doubles.set(doubles, 2);
  return memory;
}

function shown({ bytes, floats, doubles }: StateMemory): unknown[] {
  return [bytes[0], bytes[4], bytes[39], [...floats.subarray(2, 4)], [...doubles.subarray(2, 4)]];
}

describe('mixing states', () => {
  const a = state(1, [1, -2], [10, 20]);
  const b = state(2, [3, 2], [-10, 40]);
  const mixed = (position: number, tiers: number) => {
    const into = state(9, [0, 0], [0, 0]);
    mixStates(layout, a, b, position, tiers, into);
    return shown(into);
  };

  it('is one of them at either end, and their sum in shares between; bytes come from the nearer', () => {
    assert.deepEqual(mixed(0, ALL_TIERS), [1, 9, 9, [1, -2], [10, 20]]);
    assert.deepEqual(mixed(1, ALL_TIERS), [2, 9, 9, [3, 2], [-10, 40]]);
    assert.deepEqual(mixed(0.25, ALL_TIERS), [1, 9, 9, [1.5, -1], [5, 25]]);
    assert.deepEqual(mixed(0.5, ALL_TIERS), [2, 9, 9, [2, 0], [0, 30]]);
  });

  it('touches the tiers that it is told, and nothing else', () => {
    assert.deepEqual(mixed(1, 2), [9, 9, 9, [0, 0], [-10, 40]]);
    assert.deepEqual(mixed(1, 1), [2, 9, 9, [3, 2], [0, 0]]);
    assert.deepEqual(mixed(1, slowTiers(2)), mixed(1, 2));
    assert.deepEqual(mixed(1, 0), [9, 9, 9, [0, 0], [0, 0]]);
  });

  it('knows numbers from what is none', () => {
    assert.ok(isFiniteState(layout, a));
    assert.ok(!isFiniteState(layout, state(1, [1, Number.NaN], [1, 1])));
    assert.ok(!isFiniteState(layout, state(1, [1, 1], [1, Number.POSITIVE_INFINITY])));
  });

  it('refuses commands that make no sense', () => {
    const good = {
      kind: 'recall',
      a: 0,
      b: 23,
      position: 1,
      tiers: 1,
      fadeFrames: 0,
      frames: 0,
      seed: 0,
    } as const;
    assert.ok(isStateCommand(good));
    for (const bad of [
      { a: 24 },
      { b: -1 },
      { a: 1.5 },
      { position: 1.1 },
      { fadeFrames: 0.5 },
      { frames: 2e9 },
    ])
      assert.ok(!isStateCommand({ ...good, ...bad }), JSON.stringify(bad));
  });

  it('keeps a history of a quarter of a second each, within bounds of number and memory', () => {
    assert.deepEqual(stateSizes(16_000, 60_000), {
      maxFadeFrames: 1600,
      historyPeriodFrames: 4000,
      numHistory: 64,
      rewindFrames: 240_000,
    });
    assert.equal(stateSizes(16_000, 1e6).numHistory, 16);
    assert.equal(stateSizes(16_000, 1e8).numHistory, 8);
  });
});
