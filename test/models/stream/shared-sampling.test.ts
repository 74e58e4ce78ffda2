import assert from 'node:assert/strict';
import { NumberQueue } from '../../../models/stream/number-queue.js';
import { PlannedSampling } from '../../../models/stream/planned-sampling.js';
import { SharedSampling } from '../../../models/stream/shared-sampling.js';
import { WordNews } from '../../../models/stream/worker-lapses.js';
import { bytesPerCall } from '../../support/heap.js';
import { seededRandom } from '../../support/random.js';

const of = (temperature: number) => ({ temperature, topP: 0.5, topK: 3, blend: 0.25 });

describe('the queue of records between two threads', () => {
  it('carries each once, in order, round and round, and refuses what finds no room', () => {
    const random = seededRandom(3);
    const writer = new NumberQueue(2, 16);
    const taker = new NumberQueue(2, 16, writer.buffer);
    const record = new Float64Array(2);
    let [written, taken, refused] = [0, 0, 0];
    for (let round = 0; round < 20_000; round++) {
      if (random() < 0.52) {
        record[0] = written;
        record[1] = 2 * written;
        if (writer.push(record)) written++;
        else {
          refused++;
          assert.equal(written - taken, 16);
        }
      } else if (taker.peek(record)) {
        assert.deepEqual([...record], [taken, 2 * taken]);
        taker.pop();
        taken++;
      } else assert.equal(written, taken);
    }
    assert.ok(written > 9000 && refused > 0);
  });
});

describe('control values on their way to a worker', () => {
  it('come with their words, apart by stream, and the newest waits where there is no room', () => {
    const writer = new SharedSampling();
    const taker = new SharedSampling(writer.buffer);
    const planned = new PlannedSampling(of(1));
    const words: number[] = [];
    assert.ok(writer.post(0, 1, undefined, of(2)));
    assert.ok(writer.post(0, 2, 40, of(3)));
    assert.ok(writer.post(1, 0, undefined, of(4)));
    taker.take(0, planned, (word) => words.push(word));
    assert.deepEqual(words, [1, 2]);
    assert.deepEqual(planned.current, of(2));
    assert.equal(planned.nextFrame(), 40);
    // Of the stream that was reset away nothing is taken.
    taker.take(1, planned, (word) => words.push(word));
    assert.deepEqual(words, [1, 2, 0]);
    assert.deepEqual(planned.current, of(4));
    let word = 0;
    while (writer.post(1, ++word, undefined, of(word)));
    assert.ok(!writer.post(1, ++word, undefined, of(word)));
    taker.take(1, planned, () => undefined);
    writer.flush();
    taker.take(1, planned, (last) => words.push(last));
    assert.equal(words.at(-1), word);
    assert.deepEqual(planned.current, of(word));
  });

  it('are told, with the frame from which they apply, of the stream of the moment', () => {
    const worker = new WordNews();
    const reader = new WordNews(worker.buffer);
    const lapse = { kind: 'lost' as const, read: 0, frame: 0, frames: 0 };
    worker.tell(0, 1, 100);
    worker.tell(1, 2, 30);
    assert.ok(reader.take(1, lapse));
    assert.deepEqual(lapse, { kind: 'word', read: 2, frame: 30, frames: 0 });
    assert.ok(!reader.take(1, lapse));
  });

  it('allocates nothing where they are said', () => {
    const queue = new SharedSampling();
    const taker = new NumberQueue(7, 1024, queue.buffer);
    const record = new Float64Array(7);
    const values = of(2);
    const bytes = bytesPerCall(() => {
      queue.post(0, 1, 10, values);
      queue.post(0, 2, undefined, values);
      while (taker.peek(record)) taker.pop();
    }, 20_000);
    assert.ok(bytes < 1, `${bytes} bytes`);
  });
});
