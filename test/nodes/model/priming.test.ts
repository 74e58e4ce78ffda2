import assert from 'node:assert/strict';
import type { PrimedState, PrimeRequest } from '../../../nodes/index.js';
import { copyHeard, HeardRing } from '../../../nodes/model/heard-ring.js';
import { Priming } from '../../../nodes/model/priming.js';
import { FakeModelStreams, FakeStream } from '../fake-model-streams.js';

function setUp(mode: 'live' | 'offline' = 'offline') {
  const streams = new FakeModelStreams(new FakeStream());
  const heard = new HeardRing(1000);
  const taken: Uint8Array[] = [];
  const warnings: string[] = [];
  const priming = new Priming(streams, {
    bundle: 'shore',
    mode,
    heard,
    takeUp: (snapshot) => taken.push(snapshot),
    warn: (code) => warnings.push(code),
  });
  return { streams, priming, taken, warnings, heard };
}

describe('priming', () => {
  it('hands over what was heard, and says how much it was', () => {
    const { streams, priming, taken } = setUp();
    assert.equal(priming.prime(['a.wav', 1, 2.5]), 1.5);
    assert.deepEqual(streams.primes, [
      { bundle: 'shore', file: 'a.wav', startSeconds: 1, endSeconds: 2.5, mode: 'offline' },
    ]);
    assert.deepEqual(taken, [new Uint8Array(8).fill(1)]);
  });

  it('refuses a range that is none', () => {
    const { streams, priming } = setUp();
    for (const range of [[-1], [2, 2], [3, 1], [Number.NaN]]) {
      assert.throws(() => priming.prime(['a.wav', ...range]), { code: 'NODE_ARGUMENT' });
    }
    assert.deepEqual(streams.primes, []);
  });

  it('live listens to one file at a time', async () => {
    const { streams, priming, taken } = setUp('live');
    let finish: (state: PrimedState) => void = () => undefined;
    streams.prime = ((_: PrimeRequest) =>
      new Promise<PrimedState>((done) => {
        finish = done;
      })) as unknown as typeof streams.prime;
    const heard = priming.prime(['a.wav']);
    assert.throws(() => priming.prime(['b.wav']), { code: 'MODEL_LISTENS' });
    assert.deepEqual(taken, []);
    finish({ snapshot: new Uint8Array(8), seconds: 3, faults: [] });
    assert.equal(await heard, 3);
    assert.equal(taken.length, 1);
    assert.equal(priming.prime(['b.wav']) instanceof Promise, true);
  });

  it('hands over the last seconds of the input', () => {
    const { streams, priming, taken, heard } = setUp();
    heard.write({ channels: [new Float32Array(3000).fill(0.25)] }, 3000);
    assert.equal(priming.listen([2]), 2.5);
    const [{ heard: stretch, ...request }] = streams.listens as [(typeof streams.listens)[0]];
    assert.deepEqual(request, { bundle: 'shore', mode: 'offline' });
    assert.deepEqual(copyHeard(stretch), new Float32Array(2000).fill(0.25));
    assert.equal(taken.length, 1);
    for (const seconds of [0, -1, 30.5, Number.NaN, 'all']) {
      assert.throws(() => priming.listen([seconds]), { code: 'NODE_ARGUMENT' });
    }
  });

  it('tells of a damaged file', () => {
    const { streams, priming, warnings } = setUp();
    streams.prime = () => ({ snapshot: new Uint8Array(8), seconds: 1, faults: ['it was cut short'] });
    priming.prime(['a.wav']);
    assert.deepEqual(warnings, ['MODEL_PRIMED_FROM_DAMAGED']);
  });
});
