import assert from 'node:assert/strict';
import { MAX_SUBSCRIBERS, SILENT_AFTER_MS, Subscribers } from '../../../src/osc/subscribers.js';

const peer = (port: number) => ({ address: '127.0.0.1', port });

describe('subscribers', () => {
  it('are listed once each, in the order they came', () => {
    const subscribers = new Subscribers([peer(1)], 0);
    assert.ok(subscribers.add(peer(2), 0));
    assert.ok(subscribers.add(peer(1), 0));
    assert.deepEqual(subscribers.peers(), [peer(1), peer(2)]);
    assert.ok(subscribers.remove(peer(1)));
    assert.ok(!subscribers.remove(peer(1)));
    assert.deepEqual(subscribers.peers(), [peer(2)]);
  });

  it('are bounded; the most silent one gives way when it has been silent for long', () => {
    const all = Array.from({ length: MAX_SUBSCRIBERS + 5 }, (_, n) => peer(n + 1));
    const subscribers = new Subscribers(all, 0);
    assert.equal(subscribers.size, MAX_SUBSCRIBERS);
    assert.ok(!subscribers.add(peer(1000), SILENT_AFTER_MS), 'all were heard of lately');
    for (const { port } of subscribers.peers()) if (port !== 7) subscribers.heard(peer(port), 10);
    assert.ok(subscribers.add(peer(1000), SILENT_AFTER_MS + 5));
    assert.ok(!subscribers.peers().some(({ port }) => port === 7));
    assert.equal(subscribers.size, MAX_SUBSCRIBERS);
  });
});
