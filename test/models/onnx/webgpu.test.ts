import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { GoldenReport } from '../../../models/index.js';
import { needsOnnxRuntime } from '../../support/onnx-runtime.js';
import { goldens } from '../../support/shared-data.js';

/** A Vulkan device in software that comes with Debian's chromium: slow, and there on any machine. */
const SOFTWARE_DEVICE = '/usr/lib/chromium/vk_swiftshader_icd.json';
const LIMIT_MS = 150_000;

describe('the WebGPU provider', function () {
  this.timeout(LIMIT_MS + 10_000);

  it('computes what the CPU provider computes', async function () {
    const run = await software(this);
    const { chunk, prime, drawsEqual, blocksEqual } = (await run('./webgpu-differences.js')) as {
      chunk: number;
      prime: number;
      drawsEqual: boolean;
      blocksEqual: boolean;
    };
    assert.ok(chunk <= 1e-4, `chunk: ${chunk}`);
    assert.ok(prime <= 1e-4, `prime: ${prime}`);
    assert.ok(drawsEqual, 'greedy draws differ');
    assert.ok(blocksEqual, 'the draws depend on the size of a block');
  });

  it('waits once a frame for the device: for the logits', async function () {
    const run = await software(this);
    const copies = (await run('./webgpu-waits.js')) as Readonly<Record<string, number>>;
    const inEachFrame = Object.entries(copies).filter(([, share]) => share > 0.5);
    assert.deepEqual(inEachFrame, [['[{"float":[256]}]', 1]]);
  });

  for (const name of ['tiny', 's4d_zoh']) {
    it(`golden ${name}: logits within the tolerance of all steppers, greedy ids equal`, async function () {
      const run = await software(this);
      const report = (await run('./webgpu-golden.js', name, goldens(this, name))) as GoldenReport;
      assert.ok(report.ok && report.greedyEqual === true, JSON.stringify(report));
    });
  }
});

/** Runs a script on a driver of this machine; its last line. The calling test is skipped where there is none. */
async function software(
  context: Mocha.Context,
): Promise<(file: string, ...args: readonly string[]) => Promise<unknown>> {
  await needsOnnxRuntime(context);
  const driver = process.env.VK_DRIVER_FILES ?? process.env.VK_ICD_FILENAMES ?? SOFTWARE_DEVICE;
  if (!existsSync(driver)) {
    if (context.test) context.test.title += ' (skipped: no Vulkan driver; chromium and libvulkan1 bring one)';
    context.skip();
  }
  const env = { ...process.env, VK_DRIVER_FILES: driver };
  return async (file, ...args) => {
    const script = fileURLToPath(new URL(file, import.meta.url));
    // A driver may crash or hang: it gets a process of its own, and a limit.
    const limits = { env, timeout: LIMIT_MS };
    const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], limits);
    return JSON.parse(stdout.trim().split('\n').at(-1)!);
  };
}
