import assert from 'node:assert/strict';
import { writeBundle } from '../../../../models/index.js';
import { nameOfPath, providerPaths } from '../../../../src/cli/bench/provider-paths.js';
import { benchProviders, providerRows } from '../../../../src/cli/bench/providers.js';
import { useSuiteTempFolder } from '../../../support/temp-folder.js';
import { tinyBundleParts } from '../../../support/tiny-bundle.js';

const quick = { seconds: 0.01, blockFrames: 32, checkedFrames: 20, primeFrames: 64 };

describe('the providers of a model', function () {
  this.timeout(240_000);
  const folder = useSuiteTempFolder();

  it('are those that a system can have', () => {
    const names = (platform: NodeJS.Platform) => providerPaths(platform).map(nameOfPath);
    assert.deepEqual(names('linux'), ['native', 'cuda', 'onnx cpu', 'onnx webgpu', 'onnx cuda']);
    assert.deepEqual(names('darwin'), ['native', 'onnx cpu', 'onnx webgpu', 'onnx coreml']);
    assert.deepEqual(names('win32'), ['native', 'onnx cpu', 'onnx webgpu', 'onnx dml']);
  });

  it('are right, or say why they cannot be used and what to do', async () => {
    const bundle = folder.path('tiny');
    const { draft, tensors } = tinyBundleParts({ dModel: 4 });
    await writeBundle(bundle, draft, tensors, '# Tiny\n');
    const steps: string[] = [];
    const results = await benchProviders(bundle, {
      ...quick,
      limitSeconds: 60,
      onStep: (name) => steps.push(name),
    });
    assert.deepEqual(
      results.map(({ name }) => name),
      steps,
    );
    for (const { name, figures, reason, remedy } of results) {
      if (figures === null) {
        assert.match(reason ?? '', /^MODEL_(NATIVE|CUDA|ONNX|ONNX_PROVIDER): /, name);
        assert.ok(remedy, name);
        continue;
      }
      assert.equal(reason, null);
      assert.ok(figures.isGreedyEqual, name);
      assert.ok(figures.maxAbsLogits <= figures.tolerance, `${name}: ${figures.maxAbsLogits}`);
      assert.ok(figures.realTimeFactor > 0 && figures.primeRealTimeFactor > 0 && figures.blocks >= 1);
    }
    const rows = providerRows(results);
    assert.equal(rows.length, 1 + results.length);
    for (const row of rows) assert.equal(row.length, rows[0]!.length);
    assert.doesNotMatch(rows.flat().join(' '), /NaN|undefined|Infinity/);
  });

  it('that die or hang are told, and the next are tried', async () => {
    const results = await benchProviders(folder.path('no-such-bundle'), { ...quick, limitSeconds: 60 });
    for (const { reason } of results) assert.match(reason ?? '', /^MODEL_FILE: /);
    const slow = await benchProviders(folder.path('tiny'), { ...quick, limitSeconds: 0.001 });
    assert.equal(slow.length, results.length);
    for (const { figures, reason } of slow) {
      assert.equal(figures, null);
      assert.match(reason ?? '', /longer than 0\.001 s/);
    }
  });
});
