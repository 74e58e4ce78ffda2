import assert from 'node:assert/strict';
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
});
