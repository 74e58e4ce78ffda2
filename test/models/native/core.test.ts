/** Runs the C++ tests of models/native/test: sanitizers, the ring under stress, no allocation. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../../models/package-root.js';

const compiler = process.env.CXX ?? 'g++';
const folder = join(packageRoot(), 'models', 'native', 'test');

/** Whether the compiler makes a program with these flags: sanitizers are packages of their own. */
function canCompile(flags: readonly string[]): boolean {
  const args = [...flags, '-std=c++20', '-pthread', '-x', 'c++', '-', '-o', '/dev/null'];
  return (
    spawnSync(compiler, args, {
      input: '#include <atomic>\nint main() {}',
      stdio: ['pipe', 'ignore', 'ignore'],
    }).status === 0
  );
}

describe('the C++ tests', () => {
  const groups: readonly { name: string; flags: readonly string[]; expected: RegExp }[] = [
    {
      name: 'address',
      flags: ['-fsanitize=address,undefined'],
      expected: /core: ok[\s\S]*kernels: ok[\s\S]*voices: ok/,
    },
    { name: 'thread', flags: ['-fsanitize=thread,undefined'], expected: /stream: ok/ },
    {
      name: 'plain',
      flags: [],
      expected: /core: ok[\s\S]*kernels: ok[\s\S]*voices: ok[\s\S]*no-allocation: (ok|skipped)/,
    },
  ];
  for (const { name, flags, expected } of groups) {
    const isPossible = canCompile(flags);
    it(`${name}${isPossible ? '' : ` (skipped: no ${compiler} that compiles with ${flags.join(' ') || 'C++20'})`}`, function () {
      if (!isPossible) return this.skip();
      this.timeout(1_200_000);
      this.slow(60_000);
      const { status, stdout, stderr } = spawnSync('sh', [join(folder, 'run.sh'), name], {
        encoding: 'utf8',
      });
      assert.equal(status, 0, `${stdout}${stderr}`);
      assert.match(stdout, expected);
    });
  }
});
