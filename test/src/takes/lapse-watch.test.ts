import assert from 'node:assert/strict';
import type { Lapse, LapseRecord } from '../../../models/index.js';
import { ModelStreamTable } from '../../../src/engine/model-stream-table.js';
import type { TakeEntry } from '../../../src/takes/index.js';
import { LapseWatch } from '../../../src/takes/lapse-watch.js';
import { FakeStream } from '../../nodes/fake-model-streams.js';

const stepper = { kind: 'native', instructionSet: 'none', reason: 'a test' } as const;

class TellingStream extends FakeStream {
  readonly waiting: Lapse[] = [];
  readonly lapses = {
    numResets: 1,
    numReads: 0,
    take: (into: LapseRecord): boolean => {
      const lapse = this.waiting.shift();
      if (lapse !== undefined) Object.assign(into, lapse);
      return lapse !== undefined;
    },
  };
}

describe('lapses of streams, on their way into a take', () => {
  let frame = 0;
  let told: TakeEntry[] = [];
  let table: ModelStreamTable;
  let watch: LapseWatch;
  beforeEach(() => {
    told = [];
    table = new ModelStreamTable();
    watch = new LapseWatch(
      table,
      () => frame,
      (entry) => told.push(entry),
    );
  });

  it('are told with the number of their stream and the frame at which that began to be read', () => {
    const stream = new TellingStream({ mode: 'threaded' });
    const other = table.place('model');
    assert.ok(other.mayStart());
    const place = table.place('model');
    table.add(place, stream, stepper);
    place.mayStart();
    frame = 128;
    watch.look();
    frame = 256;
    stream.lapses.numReads = 1;
    watch.look();
    frame = 512;
    stream.waiting.push({ kind: 'dry', read: 3, frame: 100, frames: 7 });
    stream.waiting.push({ kind: 'late', read: 2, frame: 90, frames: 64 });
    watch.look();
    const common = { kind: 'lapse', frame: 512, nodeId: 'model', stream: 2, startFrame: 256 } as const;
    assert.deepEqual(told, [
      { ...common, lapse: 'dry', read: 3, at: 100, frames: 7 },
      { ...common, lapse: 'late', read: 2, at: 90, frames: 64 },
    ]);
    // After a reset another stream begins.
    stream.lapses.numResets++;
    stream.lapses.numReads = 0;
    frame = 640;
    watch.look();
    stream.lapses.numReads = 1;
    stream.waiting.push({ kind: 'steer', read: 1, frame: 0, frames: 320 });
    frame = 768;
    watch.look();
    assert.deepEqual(told.at(-1), {
      kind: 'lapse',
      frame: 768,
      nodeId: 'model',
      stream: 2,
      startFrame: 768,
      lapse: 'steer',
      read: 1,
      at: 0,
      frames: 320,
    });
  });

  it('of a stream that is closed within its last tick are told, too', () => {
    const stream = new TellingStream({ mode: 'threaded' });
    table.add(table.place('model'), stream, stepper);
    stream.lapses.numReads = 1;
    frame = 64;
    watch.look();
    stream.waiting.push({ kind: 'late', read: 1, frame: 90, frames: 64 });
    frame = 128;
    table.remove(stream);
    assert.equal(told.length, 1);
    watch.look();
    assert.equal(told.length, 1);
  });

  it('that were lost, and streams that tell of none, are deviations', () => {
    const stream = new TellingStream({ mode: 'threaded' });
    stream.lapses.numReads = 1;
    stream.waiting.push({ kind: 'lost', read: 0, frame: 0, frames: 0 });
    table.add(table.place('model'), stream, stepper);
    const silent = new FakeStream({ mode: 'threaded' });
    table.add(table.place('other'), silent, stepper);
    table.add(table.place('inline'), new FakeStream({ mode: 'inline' }), stepper);
    silent.read(new Float32Array(8), 8);
    frame = 64;
    watch.look();
    watch.look();
    assert.deepEqual(
      told.map((entry) => entry.kind === 'deviation' && [entry.code, entry.reason.split(':')[0]]),
      [
        ['late-control', 'model'],
        ['late-control', 'other'],
      ],
    );
  });
});
