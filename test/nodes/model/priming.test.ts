import assert from 'node:assert/strict';
import { ALL_TIERS } from '../../../models/index.js';
import type { PrimedState, PrimeRequest } from '../../../nodes/index.js';
import { Priming } from '../../../nodes/model/priming.js';
import { FakeModelStreams, FakeStream } from '../fake-model-streams.js';

function setUp(mode: 'live' | 'offline' = 'offline') {
  const stream = new FakeStream();
  const streams = new FakeModelStreams(stream);
  const warnings: string[] = [];
  const priming = new Priming(streams, stream, 100, {
    bundle: 'shore',
    mode,
    warn: (code) => warnings.push(code),
  });
  return { stream, streams, priming, warnings };
}

describe('priming', () => {
  it('hands what was heard to the stream, under a fade, and says how much it was', () => {
    const { stream, streams, priming } = setUp();
    assert.equal(priming.prime(['a.wav', 1, 2.5]), 1.5);
    assert.deepEqual(streams.primes, [
      { bundle: 'shore', file: 'a.wav', startSeconds: 1, endSeconds: 2.5, mode: 'offline' },
    ]);
    const [command] = stream.states.commands;
    assert.equal(command!.kind, 'recall');
    assert.equal(command!.tiers, ALL_TIERS);
    assert.equal(command!.fadeFrames, 100);
    assert.deepEqual(stream.states.slots.get(command!.a), new Uint8Array(8).fill(1));
  });

  it('goes to another slot the next time: the last one may still be read', () => {
    const { stream, priming } = setUp();
    priming.prime(['a.wav']);
    priming.prime(['b.wav']);
    const [first, second] = stream.states.commands;
    assert.notEqual(first!.a, second!.a);
  });

  it('refuses a range that is none', () => {
    const { streams, priming } = setUp();
    for (const range of [[-1], [2, 2], [3, 1], [Number.NaN]]) {
      assert.throws(() => priming.prime(['a.wav', ...range]), { code: 'NODE_ARGUMENT' });
    }
    assert.deepEqual(streams.primes, []);
  });

  it('live listens to one file at a time', async () => {
    const { stream, streams, priming } = setUp('live');
    let finish: (state: PrimedState) => void = () => undefined;
    streams.prime = ((_: PrimeRequest) =>
      new Promise<PrimedState>((done) => {
        finish = done;
      })) as unknown as typeof streams.prime;
    const heard = priming.prime(['a.wav']);
    assert.throws(() => priming.prime(['b.wav']), { code: 'MODEL_LISTENS' });
    assert.deepEqual(stream.states.commands, []);
    finish({ snapshot: new Uint8Array(8), seconds: 3, faults: ['it was cut short'] });
    assert.equal(await heard, 3);
    assert.equal(stream.states.commands.length, 1);
    assert.equal(priming.prime(['b.wav']) instanceof Promise, true);
  });

  it('tells of a damaged file, and of a stream that takes nothing', () => {
    const { stream, streams, priming, warnings } = setUp();
    streams.prime = () => ({ snapshot: new Uint8Array(8), seconds: 1, faults: ['it was cut short'] });
    priming.prime(['a.wav']);
    assert.deepEqual(warnings, ['MODEL_PRIMED_FROM_DAMAGED']);
    stream.states.isFull = true;
    assert.throws(() => priming.prime(['a.wav']), { code: 'MODEL_NOT_PRIMED' });
  });
});
