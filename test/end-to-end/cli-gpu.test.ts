/** What the commands about GPUs say. Never asks a network. */
import assert from 'node:assert/strict';
import { runtimeFolder } from '../../models/index.js';
import { runCli } from '../support/run-cli.js';

interface Report {
  readonly findings: readonly { readonly name: string; readonly isHere: boolean; readonly detail: string }[];
  readonly plan?: { readonly package: { readonly version: string }; readonly folder: string };
  readonly installed?: null;
}

describe('sashimi gpu', () => {
  it('check tells what is here and what is missing, in words and for machines', async () => {
    const { code, stdout, stderr } = await runCli(['gpu', 'check', '--json']);
    assert.equal(code, 0, stderr);
    const { findings } = JSON.parse(stdout) as Report;
    const names = findings.map(({ name }) => name);
    for (const name of ['NVIDIA driver', 'Vulkan loader', 'Vulkan driver', 'onnxruntime-node'])
      assert.ok(names.includes(name), name);
    const told = await runCli(['gpu', 'check']);
    for (const name of names) assert.ok(told.stdout.includes(name), name);
  });

  it('install --dry-run says what it would fetch, and fetches nothing', async function () {
    const runtime = runtimeFolder();
    if (runtime === undefined || process.platform !== 'linux' || process.arch !== 'x64') return this.skip();
    // An address that nothing answers: it is not asked.
    const env = { ...process.env, HTTPS_PROXY: 'http://127.0.0.1:9' };
    const { code, stdout, stderr } = await runCli(['gpu', 'install', '--dry-run', '--json'], { env });
    assert.equal(code, 0, stderr);
    const { plan, installed } = JSON.parse(stdout) as Report;
    assert.equal(plan?.package.version, runtime.version);
    assert.equal(plan?.folder, runtime.libraries);
    assert.equal(installed, null);
    const told = await runCli(['gpu', 'install', '--dry-run']);
    assert.match(told.stdout, /^Would fetch .* 1\.\d+/m);
  });
});
