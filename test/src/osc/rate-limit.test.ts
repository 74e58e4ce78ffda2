import assert from 'node:assert/strict';
import { MAX_SENDERS, Senders, TokenBucket } from '../../../src/osc/rate-limit.js';

describe('token bucket', () => {
  it('gives its burst at once and its rate thereafter', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, 0);
    const taken = (nowMs: number, tries: number): number =>
      Array.from({ length: tries }, () => bucket.take(nowMs)).filter(Boolean).length;
    assert.equal(taken(0, 10), 3);
    assert.equal(taken(99, 10), 0);
    assert.equal(taken(200, 10), 2);
    assert.equal(taken(100_000, 10), 3);
  });

  it('stays shut until what was charged after the fact is paid', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, 0);
    bucket.charge(13);
    assert.equal(bucket.has(1000), false);
    assert.equal(bucket.has(1099), false);
    assert.equal(bucket.has(1101), true);
  });

  it('does not suffer from a clock that steps back', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 1 }, 5000);
    assert.equal(bucket.take(5000), true);
    assert.equal(bucket.take(0), false);
    assert.equal(bucket.take(100), true);
  });
});

describe('senders', () => {
  it('are remembered by address and port', () => {
    const senders = new Senders();
    const a = senders.of({ address: '127.0.0.1', port: 1 }, 0);
    assert.equal(senders.of({ address: '127.0.0.1', port: 1 }, 9), a);
    assert.notEqual(senders.of({ address: '127.0.0.1', port: 2 }, 9), a);
    assert.notEqual(senders.of({ address: '127.0.0.2', port: 1 }, 9), a);
  });

  it('make room for new ones: the one not heard of for longest goes', () => {
    const senders = new Senders();
    const of = (port: number) => senders.of({ address: '127.0.0.1', port }, 0);
    const [first, second] = [of(1), of(2)];
    for (let port = 3; port <= MAX_SENDERS; port++) of(port);
    of(1);
    of(MAX_SENDERS + 1);
    assert.equal([...senders].length, MAX_SENDERS);
    assert.equal(of(1), first);
    assert.notEqual(of(2), second);
  });
});
