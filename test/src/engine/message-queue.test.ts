import assert from 'node:assert/strict';
import { MessageQueue } from '../../../src/engine/message-queue.js';

const at = (frame: number, gainDb = 0) => ({ frame, message: { kind: 'master-gain', gainDb } }) as const;

/** Takes everything that is due at `frame`. */
function drain(queue: MessageQueue, frame: number): number[][] {
  const taken: number[][] = [];
  for (let due = queue.takeDue(frame); due !== undefined; due = queue.takeDue(frame)) {
    taken.push([due.frame, due.message.kind === 'master-gain' ? due.message.gainDb : Number.NaN]);
  }
  return taken;
}

describe('MessageQueue', () => {
  it('sorts by frame and keeps the order of arrival within one frame', () => {
    const queue = new MessageQueue(8);
    for (const [frame, gainDb] of [
      [30, 1],
      [10, 2],
      [30, 3],
      [0, 4],
      [10, 5],
    ] as const) {
      assert.ok(queue.push(at(frame, gainDb)));
    }
    assert.equal(queue.nextFrame(), 0);
    assert.deepEqual(drain(queue, 29), [
      [0, 4],
      [10, 2],
      [10, 5],
    ]);
    assert.equal(queue.nextFrame(), 30);
    assert.deepEqual(drain(queue, 30), [
      [30, 1],
      [30, 3],
    ]);
    assert.equal(queue.nextFrame(), Number.POSITIVE_INFINITY);
  });

  it('refuses what goes beyond its capacity and takes again after some was taken', () => {
    const queue = new MessageQueue(3);
    for (const frame of [1, 2, 3]) assert.ok(queue.push(at(frame)));
    assert.equal(queue.push(at(0)), false);
    assert.deepEqual(drain(queue, 1), [[1, 0]]);
    assert.ok(queue.push(at(0)));
    assert.deepEqual(drain(queue, 9), [
      [0, 0],
      [2, 0],
      [3, 0],
    ]);
  });

  it('equals a sorted list through thousands of random pushes and takes', () => {
    const queue = new MessageQueue(64);
    let model: number[][] = [];
    let random = 1;
    const next = (below: number): number => {
      random = (random * 48_271) % 2_147_483_647;
      return random % below;
    };
    for (let i = 0; i < 5000; i++) {
      const frame = next(1000);
      if (queue.push(at(frame, i))) model.push([frame, i]);
      else assert.equal(model.length, 64);
      if (next(8) > 0) continue;
      const now = next(1000);
      model.sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]!);
      assert.deepEqual(
        drain(queue, now),
        model.filter(([due]) => due! <= now),
      );
      model = model.filter(([due]) => due! > now);
    }
  });
});
