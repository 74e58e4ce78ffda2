import assert from 'node:assert/strict';
import { StateSlots } from '../../../nodes/model/state-slots.js';
import { tiersOf } from '../../../nodes/model/tier-words.js';

function keep(slots: StateSlots, name: string, frame = 0): number {
  const slot = slots.take(name);
  slots.name(slot, name, frame);
  return slot;
}

describe('the slots of named states', () => {
  it('finds what was named, and refuses what was not, with the names that there are', () => {
    const slots = new StateSlots();
    assert.throws(() => slots.slotOf('calm'), { code: 'MODEL_NO_SUCH_STATE', message: /none is kept/ });
    const calm = keep(slots, 'calm');
    const wild = keep(slots, 'wild');
    assert.equal(slots.slotOf('calm'), calm);
    assert.notEqual(wild, calm);
    assert.throws(() => slots.slotOf('x'), { code: 'MODEL_NO_SUCH_STATE', message: /kept are calm, wild/ });
  });

  it('takes plain names only, sixteen of them, and those again', () => {
    const slots = new StateSlots();
    for (const name of ['', '../a', 'a b', '-a', 'a'.repeat(65)])
      assert.throws(() => slots.take(name), { code: 'NODE_ARGUMENT' });
    for (let i = 0; i < 16; i++) keep(slots, `s${i}`);
    assert.throws(() => slots.take('one-more'), { code: 'MODEL_STATES_FULL' });
    const old = slots.slotOf('s3');
    assert.notEqual(keep(slots, 's3'), old);
  });

  it('lets a slot rest as long as it can, and while it is held for ever', () => {
    const slots = new StateSlots();
    const first = keep(slots, 'a');
    const used: number[] = [];
    for (let i = 0; i < 22; i++) used.push(keep(slots, 'a'));
    assert.equal(new Set(used).size, 22);
    assert.ok(!used.includes(first));
    const held = slots.takeNameless();
    slots.hold(held, held);
    for (let i = 0; i < 100; i++) {
      assert.notEqual(keep(slots, 'b'), held);
      assert.notEqual(slots.takeNameless(), held);
    }
  });

  it('forgets at a restart what had no time to be kept', () => {
    const slots = new StateSlots();
    const old = keep(slots, 'old', 100);
    keep(slots, 'new', 101);
    slots.settle(100);
    const loaded = slots.take('loaded');
    slots.name(loaded, 'loaded');
    slots.restart();
    assert.throws(() => slots.slotOf('new'), { code: 'MODEL_NO_SUCH_STATE' });
    assert.equal(slots.slotOf('old'), old);
    assert.equal(slots.slotOf('loaded'), loaded);
    for (let i = 0; i < 14; i++) keep(slots, `s${i}`);
    assert.throws(() => keep(slots, 'one-more'), { code: 'MODEL_STATES_FULL' });
  });

  it('gives a name back at a restart what it had before, if that still rests', () => {
    const slots = new StateSlots();
    const sure = keep(slots, 'a', 0);
    slots.settle(0);
    keep(slots, 'a', 10);
    keep(slots, 'a', 20);
    slots.restart();
    assert.equal(slots.slotOf('a'), sure);
    keep(slots, 'a', 30);
    const loaded = slots.take('a');
    slots.name(loaded, 'a');
    slots.restart();
    assert.equal(slots.slotOf('a'), loaded);
    keep(slots, 'a', 40);
    for (let i = 0; i < 30; i++) slots.takeNameless();
    keep(slots, 'b', 50);
    slots.settle(1);
    for (let i = 0; i < 60; i++) assert.notEqual(keep(slots, 'c', 60 + i), slots.slotOf('a'));
    slots.restart();
    assert.throws(() => slots.slotOf('b'), { code: 'MODEL_NO_SUCH_STATE' });
  });
});

describe('the words for tiers', () => {
  it('are all, slow, or numbers', () => {
    assert.equal(tiersOf('all', 3) & 7, 7);
    assert.equal(tiersOf(' Slow ', 3) & 7, 6);
    assert.equal(tiersOf('slow', 1) & 1, 1, 'of a single tier that one');
    assert.equal(tiersOf('0', 3), 1);
    assert.equal(tiersOf('1 2', 3), 6);
    assert.equal(tiersOf('2,0', 3), 5);
    for (const words of ['', '3', 'deep', '1.5', '-1', '0 x'])
      assert.throws(() => tiersOf(words, 3), { code: 'NODE_ARGUMENT' }, words);
  });
});
