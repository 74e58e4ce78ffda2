import assert from 'node:assert/strict';
import type { ReadText } from '../../../nodes/index.js';
import { EngineTextReaders } from '../../../src/text/engine-text-readers.js';

const LONG = 'The quick brown fox zorblaxed over 12 lazy dogs, and why not? '.repeat(1700).slice(0, 100_000);

describe('the reader of texts', function () {
  this.timeout(240_000);

  it('reads the same live and offline, in the order of the calls', async () => {
    const readers = new EngineTextReaders();
    const live = await readers.open('live');
    const offline = await readers.open('offline');
    const order: number[] = [];
    const requests = ['One.', 'Two \u2603?', LONG].map((text, seed) => ({ text, seed, way: 'say' as const }));
    const answers = await Promise.all(
      requests.map(async (request, index) => {
        const read = await live.read(request);
        order.push(index);
        return read;
      }),
    );
    assert.deepEqual(order, [0, 1, 2]);
    for (const [index, request] of requests.entries())
      assert.deepEqual(answers[index], offline.read(request));
    await live.close();
    await live.close();
    await offline.close();
  });

  it('says all of 100 kB, and tells what is left out of more', async () => {
    const offline = await new EngineTextReaders().open('offline');
    const read = (text: string): ReadText => offline.read({ text, seed: 1, way: 'say' }) as ReadText;
    const whole = read(LONG);
    assert.equal(whole.leftOut, 0);
    assert.ok(whole.seconds > 3600, `${whole.seconds}`);
    assert.ok(whole.plan!.count < 120_000);
    const half = read(LONG.repeat(2));
    assert.ok(half.leftOut > 60_000 && half.leftOut < 100_000);
    assert.equal(read('7'.repeat(200_000)).leftOut > 68_000, true);
  });

  it('rejects what is not read when it is closed, and starts again', async () => {
    const readers = new EngineTextReaders();
    const first = await readers.open('live');
    const lost = Promise.resolve(first.read({ text: LONG, seed: 1, way: 'sing' }));
    const rejected = assert.rejects(lost, { code: 'ENGINE_TEXT' });
    await first.close();
    await rejected;
    const second = await readers.open('live');
    const { lyrics } = await second.read({ text: 'hello', seed: 1, way: 'sing' });
    assert.equal(lyrics?.count, 2);
    await second.close();
  });
});
