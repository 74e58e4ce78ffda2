import assert from 'node:assert/strict';
import { MAX_PENDING_PER_SENDER } from '../../../src/osc/pending-requests.js';
import { Bench, NOW } from './dispatcher-bed.js';
import { bundle, f, message, s } from './packets.js';
import { TOY_STATUS } from './toy-status.js';

describe('edits of the patch over OSC', () => {
  const add = message('/graph/add', s('gain'), s('more'));
  const connect = message('/graph/connect', s('model.audio'), s('more.audio'));
  const commands = (bench: Bench) =>
    bench.transactions.map(({ frame, edits }) => [frame, ...edits.map(({ command }) => command)]);

  it('go together as far as they share a bundle and a time', () => {
    const bench = new Bench();
    bench.receive(add).receive(bundle(NOW, add, bundle(NOW, connect)));
    bench.receive(bundle({ seconds: 100, fraction: 0 }, add, bundle({ seconds: 200, fraction: 0 }, connect)));
    assert.deepEqual(commands(bench), [
      [0, '/graph/add'],
      [0, '/graph/add', '/graph/connect'],
      [4800, '/graph/add'],
      [9600, '/graph/connect'],
    ]);
    assert.deepEqual(bench.answers(), []);
  });

  it('are handed over half a second before their time', () => {
    const bench = new Bench().receive(bundle({ seconds: 660, fraction: 0 }, add, connect));
    assert.deepEqual(bench.transactions, []);
    assert.deepEqual(
      bench.scheduled.map(({ delayMs }) => delayMs),
      [160],
    );
    bench.scheduled[0]!.action();
    assert.deepEqual(commands(bench), [[660 * 48, '/graph/add', '/graph/connect']]);
  });

  it('are each answered', () => {
    const bench = new Bench().receive(bundle(NOW, add, connect));
    const [one, other] = bench.transactions[0]!.edits.map(({ replyTo }) => replyTo!.token);
    bench.dispatcher.answer({ token: one!, ok: true, results: [480] });
    bench.dispatcher.answer({ token: other!, ok: false, code: 'X', message: 'no' });
    assert.deepEqual(bench.answers(), ['/done /graph/add 480', '/fail /graph/connect X no']);
  });

  it('are none of them done when one cannot be read', () => {
    for (const wrong of [message('/graph/add', s('gain')), message('/graph/ad', s('gain'), s('x'))]) {
      const bench = new Bench().receive(bundle(NOW, add, wrong, message('/master/gain', f(-1))));
      assert.deepEqual(bench.transactions, []);
      assert.deepEqual(
        bench.answers().map((told) => told.split(' ').slice(0, 3).join(' ')),
        [
          `/fail ${wrong.address} ${wrong.address === '/graph/ad' ? 'OSC_UNKNOWN_ADDRESS' : 'OSC_WRONG_ARITY'}`,
          '/fail /graph/add OSC_ROLLED_BACK',
        ],
      );
      assert.equal(bench.audio.length, 1, 'what is no edit is done');
    }
  });

  it('are none of them done when too many wait', () => {
    const bench = new Bench();
    for (let n = 0; n < MAX_PENDING_PER_SENDER - 1; n++) bench.receive(message('/node/model/reset'));
    bench.receive(bundle(NOW, add, connect));
    assert.deepEqual(bench.transactions, []);
    assert.deepEqual(
      bench.answers().map((told) => told.split(' ').slice(0, 3).join(' ')),
      ['/fail /graph/add OSC_BUSY', '/fail /graph/connect OSC_BUSY'],
    );
    bench.receive(add);
    assert.equal(bench.transactions.length, 1, 'what was taken for them is given back');
  });

  it('take a value of any type', () => {
    const bench = new Bench();
    for (const value of [f(0.5), s('x'), { type: 'T' } as const]) {
      bench.receive(message('/graph/setting', s('model'), s('bundle'), value));
    }
    bench.receive(message('/graph/setting', s('model'), s('bundle'), f(Number.NaN)));
    bench.receive(
      message('/graph/setting', s('model'), s('bundle'), { type: 'b', value: new Uint8Array(1) }),
    );
    assert.deepEqual(
      bench.transactions.map(({ edits }) => edits[0]!.args[2]),
      [0.5, 'x', true],
    );
    assert.deepEqual(
      bench.answers().map((told) => told.split(' ')[2]),
      ['OSC_BAD_VALUE', 'OSC_WRONG_TYPE'],
    );
  });
});

it('tells its status: every field of the engine and its own counters', () => {
  const bench = new Bench();
  bench.receive(message('/status'));
  assert.match(bench.answers().join(), /^\/fail \/status OSC_NOT_READY /);
  bench.receive(message('/nothing/here'));
  const status = bench.status();
  for (const [name, value] of Object.entries(TOY_STATUS))
    assert.deepEqual(status[name], typeof value === 'boolean' ? (value ? 'T' : 'F') : value, name);
  assert.deepEqual(
    [status.oscPackets, status.oscMessages, status.oscRefused, status.oscSubscribers],
    [3, 3, 2, 0],
  );
});
