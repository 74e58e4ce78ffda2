import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../../models/index.js';
import { needsOnnxRuntime } from '../../support/onnx-runtime.js';
import { runCli } from '../../support/run-cli.js';
import { useTempFolder } from '../../support/temp-folder.js';

const shore = join(packageRoot(), 'models', 'zoo', 'shore');

describe('sashimi model export-onnx', () => {
  const folder = useTempFolder();

  it('writes three graphs into a new folder, and refuses to write over it', async () => {
    const out = folder.path('graphs');
    const run = await runCli(['model', 'export-onnx', shore, '--out', out, '--json']);
    assert.equal(run.code, 0, run.stderr);
    const { files } = JSON.parse(run.stdout) as { files: { file: string; bytes: number }[] };
    assert.deepEqual(await readdir(out), ['shore.chunk.onnx', 'shore.prime.onnx', 'shore.step.onnx']);
    for (const { file, bytes } of files) assert.equal((await readFile(file)).length, bytes);
    const again = await runCli(['model', 'export-onnx', shore, '--out', out]);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /MODEL_OUT_EXISTS/);
  });

  it('writes one graph into a file', async () => {
    const out = folder.path('one.onnx');
    const run = await runCli(['model', 'export-onnx', shore, '--graph', 'step', '--out', out]);
    assert.equal(run.code, 0, run.stderr);
    assert.match((await readFile(out)).toString('latin1'), /weightsSha256/);
  });

  it('leaves nothing behind when it cannot', async () => {
    const run = await runCli(['model', 'export-onnx', shore, '--out', folder.path('three.onnx')]);
    assert.equal(run.code, 1);
    assert.match(run.stderr, /MODEL_ARGUMENT/);
    assert.ok(!(await readdir(folder.path())).some((name) => name.includes('three')));
  });
});

describe('--provider', () => {
  const folder = useTempFolder();

  it('chooses the onnx stepper, and is named beside it', async function () {
    await needsOnnxRuntime(this);
    const out = folder.path('shore.wav');
    const run = await runCli([
      'render',
      'shore',
      '--seconds',
      '0.05',
      '--out',
      out,
      '--provider',
      'cpu',
      '--json',
    ]);
    assert.equal(run.code, 0, run.stderr);
    assert.match((JSON.parse(run.stdout) as { stepper: string }).stepper, /^onnx \(cpu, onnxruntime 1\./);
  });

  it('is refused beside another stepper', async () => {
    const run = await runCli(['bench', 'stepper', shore, '--stepper', 'wasm', '--provider', 'cpu']);
    assert.equal(run.code, 1);
    assert.match(run.stderr, /MODEL_ARGUMENT/);
  });

  it('that this build has not is told', async function () {
    await needsOnnxRuntime(this);
    const missing = process.platform === 'win32' ? 'coreml' : 'dml';
    const run = await runCli(['bench', 'stepper', shore, '--provider', missing]);
    assert.equal(run.code, 1);
    assert.match(run.stderr, /MODEL_ONNX_PROVIDER/);
  });
});
