/** Mutated packets into the whole dispatcher: a short run of what `sashimi bench osc --only packets` runs long. */
import assert from 'node:assert/strict';
import { fuzz } from '../../../src/cli/bench/osc/fuzz.js';
import { Mutator, seededRandom } from '../../../src/cli/bench/osc/mutate.js';
import { decodePacket } from '../../../src/osc/wire-decode.js';

describe('mutated packets', function () {
  this.timeout(240_000);

  it('are of both kinds, and the same for the same seed', () => {
    const make = (): Buffer[] => {
      const mutator = new Mutator(seededRandom(4), ['/node/a/b', '/status'], () => 4_000_000_000);
      return Array.from({ length: 2000 }, () => Buffer.from(mutator.next()));
    };
    const packets = make();
    assert.deepEqual(packets, make());
    const numRead = packets.filter((bytes) => decodePacket(bytes).ok).length;
    assert.ok(numRead > 600 && numRead < 1700, `${numRead} of 2000 are read`);
  });

  it('make no fault, reach everything, and leave nothing behind', () => {
    const result = fuzz({ packets: 20_000, seed: 7 });
    assert.ok(result.posted > 1000 && result.answered > 5000 && result.streamed > 5000);
    assert.ok(result.brokenStreams > 0);
    // Its caches fill, and its tables are bounded: some MiB.
    assert.ok(result.heapAfter - result.heapBefore < 40 * 1024 * 1024, JSON.stringify(result));
  });
});
