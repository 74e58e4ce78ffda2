/** The C++ tests of the kernel by emulation, and that the committed PTX is what its sources make. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../../models/package-root.js';
import { useTempFolder } from '../../../support/temp-folder.js';

const folder = join(packageRoot(), 'models', 'native', 'cuda');
const compiler = process.env.CXX ?? 'g++';

/** Whether the compiler makes a program with these flags: sanitizers are packages of their own. */
function canCompile(flags: readonly string[]): boolean {
  const args = [...flags, '-std=c++20', '-pthread', '-x', 'c++', '-', '-o', '/dev/null'];
  const options = { input: 'int main() {}', stdio: ['pipe', 'ignore', 'ignore'] as const };
  return spawnSync(compiler, args, { ...options, stdio: [...options.stdio] }).status === 0;
}

describe('the CUDA kernel by emulation', () => {
  const runs: readonly { readonly name: string; readonly flags: readonly string[] }[] = [
    { name: 'address', flags: ['-fsanitize=address,undefined'] },
    { name: 'thread', flags: ['-fsanitize=thread'] },
  ];
  for (const { name, flags } of runs) {
    const isPossible = canCompile(flags);
    it(`${name}${isPossible ? '' : ` (skipped: no ${compiler} that compiles with ${flags.join(' ')})`}`, function () {
      if (!isPossible) return this.skip();
      this.timeout(1_200_000);
      this.slow(120_000);
      const { status, stdout, stderr } = spawnSync('sh', [join(folder, 'test', 'run.sh'), name], {
        encoding: 'utf8',
      });
      assert.equal(status, 0, `${stdout}${stderr}`);
      assert.match(stdout, /cuda: ok/);
    });
  }
});

describe("the simulator of the kernel's machine code", () => {
  const simulator = join(folder, 'simulator');
  const isPossible = canCompile([]);

  it(`compiles${isPossible ? '' : ` (skipped: no ${compiler})`}`, function () {
    if (!isPossible) return this.skip();
    this.timeout(240_000);
    this.slow(60_000);
    const block = '-DSASHIMI_BLOCK="../simulator/simulated_block.h"';
    for (const source of [join(folder, 'test', 'fake_driver.cc'), join(simulator, 'play.cc')]) {
      const flags = [
        '-std=c++20',
        '-Wall',
        '-Wextra',
        '-Wpedantic',
        '-Wconversion',
        '-Werror',
        '-fsyntax-only',
      ];
      const { status, stderr } = spawnSync(compiler, [...flags, block, source], { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    }
  });

  const hasTools = ['ptxas', 'nvdisasm'].every((name) => spawnSync(name, ['--version']).status === 0);
  it(`gives the samples of the emulation, bit by bit${hasTools ? '' : ' (skipped: no ptxas and nvdisasm)'}`, function () {
    if (!hasTools || !isPossible) return this.skip();
    this.timeout(600_000);
    this.slow(300_000);
    for (const args of [
      ['3', '1', 'small', 'f32'],
      ['3', '2', 'small', 'bf16'],
    ]) {
      const { status, stdout, stderr } = spawnSync('sh', [join(simulator, 'simulate.sh'), ...args], {
        encoding: 'utf8',
      });
      assert.equal(status, 0, `${stdout}${stderr}`);
    }
  });
});

describe('the driver as the cuda stepper knows it', () => {
  const home = process.env.CUDA_HOME ?? '/usr/local/cuda';
  const hasHeader = existsSync(join(home, 'include', 'cuda.h'));
  it(`is that of a CUDA toolkit's header${hasHeader ? '' : ' (skipped: no cuda.h)'}`, function () {
    if (!hasHeader) return this.skip();
    this.timeout(240_000);
    const { status, stderr } = spawnSync('sh', [join(folder, 'test', 'run.sh'), 'types'], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
  });
});

describe('sashimi.ptx', () => {
  const temp = useTempFolder();
  const made = JSON.parse(readFileSync(join(folder, 'sashimi.ptx.json'), 'utf8')) as {
    sources: string;
    compiler: string;
  };
  const ptx = readFileSync(join(folder, 'sashimi.ptx'), 'latin1');

  it('was built from the sources that are here', () => {
    const { stdout } = spawnSync(process.execPath, [join(folder, 'describe-build.mjs'), made.compiler], {
      encoding: 'utf8',
    });
    assert.deepEqual(JSON.parse(stdout), made, 'run models/native/cuda/build.sh and commit its result');
  });

  it('runs on compute capability 7.0 and later, and has the kernel', () => {
    assert.match(ptx, /^\.target sm_70$/m);
    assert.ok(ptx.includes('.entry sashimi_serve('));
  });

  it('rounds every sum and product by itself: nothing may be contracted on the way to a card', () => {
    const loose = ptx.match(/\b(add|sub|mul|mad|fma|div|sqrt)(?!\.rn)(\.\w+)*\.f(32|64)/g) ?? [];
    assert.deepEqual(loose, []);
    assert.doesNotMatch(ptx, /\.ftz|\.approx/);
  });

  const version =
    spawnSync('clang++', ['--version'], { encoding: 'utf8' }).stdout?.split('\n')[0] ?? 'no clang++';
  const isSame = version === made.compiler;
  const skipped = isSame ? '' : ` (skipped: it was built by ${made.compiler}, here is ${version})`;
  it(`comes out the same to the byte when built again${skipped}`, function () {
    if (!isSame) return this.skip();
    this.timeout(240_000);
    const { status, stderr } = spawnSync('sh', [join(folder, 'build.sh'), temp.path('again.ptx')], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    assert.ok(readFileSync(temp.path('again.ptx'), 'latin1') === ptx, 'the PTX differs');
  });

  const hasAssembler = spawnSync('ptxas', ['--version']).status === 0;
  it(`assembles for a card of compute capability 9.0${hasAssembler ? '' : ' (skipped: no ptxas of a CUDA toolkit)'}`, function () {
    if (!hasAssembler) return this.skip();
    this.timeout(240_000);
    const args = ['-v', '-arch=sm_90', join(folder, 'sashimi.ptx'), '-o', temp.path('sashimi.cubin')];
    const { status, stderr } = spawnSync('ptxas', args, { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  });

  const hasNvcc = spawnSync('nvcc', ['--version']).status === 0;
  it(`compiles with nvcc, as exactly rounded${hasNvcc ? '' : ' (skipped: no nvcc)'}`, function () {
    if (!hasNvcc) return this.skip();
    this.timeout(240_000);
    const { status, stderr } = spawnSync('sh', [join(folder, 'build.sh'), 'nvcc', temp.path('nvcc.ptx')], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    const other = readFileSync(temp.path('nvcc.ptx'), 'latin1');
    assert.deepEqual(other.match(/\b(add|sub|mul|mad|fma|div|sqrt)(?!\.rn)(\.\w+)*\.f(32|64)/g) ?? [], []);
  });
});
