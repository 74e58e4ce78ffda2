/** A CUDA driver that is none: the kernel by emulation, built once per run. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadNative } from '../../models/index.js';
import { packageRoot } from '../../models/package-root.js';

let built: string | undefined;
let reason: string | undefined;

/** The path of the driver's library; skips the test where it cannot be built, or there is no addon to open it. */
export function fakeCuda(context: Mocha.Context): string {
  context.timeout(240_000);
  build();
  if (built !== undefined) return built;
  if (context.test) context.test.title += ` (skipped: ${reason})`;
  return context.skip();
}

function build(): void {
  if (built !== undefined || reason !== undefined) return;
  const loaded = loadNative();
  if (!loaded.ok) {
    reason = loaded.reason;
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'sashimi-cuda-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const library = join(folder, 'libcuda.so.1');
  const script = join(packageRoot(), 'models', 'native', 'cuda', 'test', 'run.sh');
  const { status, stderr } = spawnSync('sh', [script, 'fake', library], { encoding: 'utf8' });
  if (status === 0) built = library;
  else reason = `the emulated driver does not compile: ${stderr.split('\n')[0]}`;
}
