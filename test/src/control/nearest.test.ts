import assert from 'node:assert/strict';
import { seededRandom } from '../../../src/cli/bench/osc/mutate.js';
import { nearestAddress } from '../../../src/control/index.js';
import { TOY_TABLE } from './toy-table.js';

const KNOWN = TOY_TABLE.map(({ address }) => address);

describe('nearest address', () => {
  for (const [meant, nearest] of [
    ['/node/model/temprature', '/node/model/temperature'],
    ['/node/model/Temperature', '/node/model/temperature'],
    ['/node/modell/topk', '/node/model/topK'],
    ['/master/vol', '/master/gain'],
    ['/statu', '/status'],
    ['/presets/load', '/preset/load'],
    ['/node/level/gain', '/node/level/gainDb'],
  ] as const)
    it(`${meant} is probably ${nearest}`, () => assert.equal(nearestAddress(meant, KNOWN), nearest));

  for (const strange of ['/', '/x', '/filter/cutoff/hz', `/${'a'.repeat(300)}`])
    it(`${strange.slice(0, 30)} is near to nothing`, () =>
      assert.equal(nearestAddress(strange, KNOWN), undefined));

  it('is the first of the nearest by the whole table of edits, whatever was typed', () => {
    const random = seededRandom(7);
    const below = (n: number): number => Math.floor(random() * n);
    const word = (): string => `/${Array.from({ length: below(14) }, () => 'abc/'[below(4)]).join('')}`;
    for (let n = 0; n < 3000; n++) {
      const known = Array.from({ length: 1 + below(6) }, word);
      const address = word();
      const distances = known.map((one) => edits(address, one));
      const least = Math.min(...distances);
      const allowed = Math.min(6, Math.ceil(address.length / 3));
      const expected = least <= allowed ? known[distances.indexOf(least)] : undefined;
      assert.equal(nearestAddress(address, known), expected, `${address} among ${known}`);
    }
  });
});

/** Levenshtein's distance, all of the table. */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, k) => k);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let k = 1; k <= b.length; k++) {
      const substituted = row[k - 1]! + (a[i - 1] === b[k - 1] ? 0 : 1);
      next.push(Math.min(substituted, row[k]! + 1, next[k - 1]! + 1));
    }
    row = next;
  }
  return row.at(-1)!;
}
