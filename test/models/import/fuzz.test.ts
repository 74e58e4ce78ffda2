import assert from 'node:assert/strict';
import { fuzz } from './fuzz/fuzz.js';

const SECONDS = 4;
/** However slow the machine is: the least that reach further than the first check. */
const LEAST_CASES = 200;

describe('damaged checkpoints', () => {
  it('never crash or hang the importer, nor take more memory than twice the file and a fixed amount', async function () {
    this.timeout(240_000);
    const { summary, faults } = await fuzz(SECONDS, 1, LEAST_CASES);
    assert.deepEqual(faults, []);
    assert.ok(summary !== undefined && summary.cases >= LEAST_CASES);
    assert.ok(Object.keys(summary.refused).length > 3, 'mutants reach further than the first check');
  });
});
