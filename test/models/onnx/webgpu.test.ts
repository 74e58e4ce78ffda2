import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { needsOnnxRuntime } from '../../support/onnx-runtime.js';

/** A Vulkan device in software that comes with Debian's chromium: slow, and there on any machine. */
const SOFTWARE_DEVICE = '/usr/lib/chromium/vk_swiftshader_icd.json';
const LIMIT_MS = 150_000;

describe('the WebGPU provider', () => {
  it('computes what the CPU provider computes', async function () {
    this.timeout(LIMIT_MS + 10_000);
    await needsOnnxRuntime(this);
    const driver = process.env.VK_ICD_FILENAMES ?? SOFTWARE_DEVICE;
    if (!existsSync(driver)) {
      this.test!.title += ' (skipped: no Vulkan driver; chromium and libvulkan1 bring one)';
      this.skip();
    }
    // A driver may crash or hang: it gets a process of its own, and a limit.
    const script = fileURLToPath(new URL('./webgpu-differences.js', import.meta.url));
    const env = { ...process.env, VK_ICD_FILENAMES: driver };
    const { stdout } = await promisify(execFile)(process.execPath, [script], { env, timeout: LIMIT_MS });
    const { chunk, prime, drawsEqual, blocksEqual } = JSON.parse(stdout.trim().split('\n').at(-1)!) as {
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
});
