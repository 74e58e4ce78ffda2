import assert from 'node:assert/strict';
import { type CandidateName, type Trial, writeBundle } from '../../../models/index.js';
import { superviseTest } from '../../../src/self-test/supervise-test.js';
import { startTestProcess, type TestProcess } from '../../../src/self-test/test-process.js';
import { useSuiteTempFolder } from '../../support/temp-folder.js';
import { tinyBundleParts } from '../../support/tiny-bundle.js';

const limitMs = 20_000;

describe('the process of a self-test', () => {
  const folder = useSuiteTempFolder();
  before(async () => {
    const { draft, tensors } = tinyBundleParts();
    await writeBundle(folder.path('tiny'), draft, tensors, '# Tiny\n');
  });

  const start = (candidates: readonly CandidateName[], bundle = 'tiny'): TestProcess =>
    startTestProcess({ bundleDir: folder.path(bundle), candidates, voices: 2, cores: 2 });

  it('checks and measures the steppers of this machine', async () => {
    const trials = await superviseTest([{ kind: 'wasm' }, { kind: 'reference' }, { kind: 'cuda' }], start);
    const [wasm, reference] = trials as [Trial, Trial, Trial];
    assert.equal(wasm.outcome, 'measured');
    assert.ok(wasm.outcome === 'measured' && wasm.timesRealTime > 0 && wasm.p99Ms > 0);
    assert.equal(reference.outcome, 'untried');
  });

  it('tells when it is gone, for whatever reason', async () => {
    const killed = start([{ kind: 'wasm' }]);
    killed.kill();
    assert.equal(await killed.next(limitMs), 'gone');
    assert.equal(await start([{ kind: 'wasm' }], 'no such bundle').next(limitMs), 'gone');
  });

  it('tells when it tells nothing', async () => {
    const process = start([{ kind: 'wasm' }]);
    assert.equal(await process.next(0), 'silent');
    process.kill();
  });
});
