import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { useTempFolder } from '../support/temp-folder.js';
import { addToyAddon, createToyCheckout, type ToyCheckout } from '../support/toy-checkout.js';

const addonProduct = 'models/native/build/Release/sashimi_native.node';
const noTools = { PATH: '/nonexistent', CXX: '', CC: '', SHELL: '/bin/sh' };

function hasTools(): boolean {
  return ['g++', 'make', 'python3'].every((tool) => spawnSync(tool, ['--version']).status === 0);
}

describe('the set-up', function () {
  this.timeout(240_000);
  this.slow(20_000);
  const folder = useTempFolder();
  let checkout: ToyCheckout;
  beforeEach(() => {
    checkout = createToyCheckout(folder.path());
  });

  it('compiles a fresh checkout, then starts at once', async () => {
    const first = await checkout.sashimi(['a', 'b']);
    assert.deepEqual([first.code, first.stdout], [0, 'hello a b\n'], first.stderr);
    assert.match(first.stderr, /Compiling TypeScript: done/);
    const second = await checkout.sashimi(['c']);
    assert.deepEqual(second, { code: 0, stdout: 'hello c\n', stderr: '' });
  });

  it('compiles again when a source changes, and forgets a source that is gone', async () => {
    checkout.write('graph/old.ts', 'export const old = 1;\n');
    await checkout.sashimi();
    assert.ok(existsSync(checkout.path('dist/graph/old.js')));
    checkout.write('src/cli/main.ts', "console.log('changed');\n");
    checkout.remove('graph/old.ts');
    const { stdout } = await checkout.sashimi();
    assert.equal(stdout, 'changed\n');
    assert.ok(!existsSync(checkout.path('dist/graph/old.js')));
  });

  it('tells what does not compile and starts nothing', async () => {
    checkout.write('src/cli/main.ts', "const n: number = 'text';\nconsole.log(n);\n");
    const { code, stdout, stderr } = await checkout.sashimi();
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /main\.ts\(1,7\): error TS2322/);
    assert.match(stderr, /^CLI_BUILD: /m);
  });

  it('lets one of two starts do the work while the other waits', async () => {
    const runs = await Promise.all([checkout.sashimi(['1']), checkout.sashimi(['2'])]);
    assert.deepEqual(
      runs.map((run) => run.code),
      [0, 0],
    );
    assert.deepEqual(
      runs.map((run) => run.stdout),
      ['hello 1\n', 'hello 2\n'],
    );
    const compiled = runs.filter((run) => run.stderr.includes('Compiling TypeScript: done'));
    assert.equal(compiled.length, 1);
  });

  it('does not wait for a set-up that was killed', async () => {
    const killed = spawnSync(process.execPath, ['-e', '']).pid;
    checkout.write('.cache/bootstrap.lock', String(killed));
    const { code, stderr } = await checkout.sashimi();
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /Waiting/);
  });

  it('without a compiler says in one line what is missing, what is used instead and how to get it', async () => {
    addToyAddon(checkout);
    const first = await checkout.sashimi(['play'], noTools);
    assert.deepEqual([first.code, first.stdout], [0, 'hello play\n'], first.stderr);
    const told = first.stderr.split('\n').filter((line) => line.startsWith('No native stepper'));
    assert.equal(told.length, 1);
    assert.match(
      told[0] ?? '',
      /needs a C\+\+ compiler, make, Python 3; models run as WebAssembly.*To get it: /,
    );
    const again = await checkout.sashimi(['play'], noTools);
    assert.equal(again.stderr, `${told[0]}\n`, 'told again, but not tried again');
  });

  it('builds the addon once there is a compiler, and keeps it when the compiler goes', async function () {
    if (!hasTools()) return this.skip();
    addToyAddon(checkout);
    checkout.write(
      'src/cli/main.ts',
      `import { createRequire } from 'node:module';\nconsole.log(createRequire(import.meta.url)('../../../${addonProduct}').answer);\n`,
    );
    assert.match((await checkout.sashimi([], noTools)).stderr, /No native stepper/);
    const built = await checkout.sashimi();
    assert.deepEqual([built.code, built.stdout], [0, '42\n'], built.stderr);
    assert.deepEqual(await checkout.sashimi([], noTools), { code: 0, stdout: '42\n', stderr: '' });
  });

  it('keeps no addon whose sources no longer compile, and plays on without', async function () {
    if (!hasTools()) return this.skip();
    addToyAddon(checkout);
    await checkout.sashimi();
    assert.ok(existsSync(checkout.path(addonProduct)));
    checkout.write('models/native/answer.cc', '#error broken\n');
    const { code, stderr } = await checkout.sashimi();
    assert.equal(code, 0);
    assert.match(stderr, /No native stepper: did not compile \(.cache\/build-native.log says why\)/);
    assert.match(readFileSync(checkout.path('.cache/build-native.log'), 'utf8'), /#error broken/);
    assert.ok(!existsSync(checkout.path(addonProduct)));
  });

  it('installs with npm ci, without scripts, when node_modules is not what the lock file says', async () => {
    rmSync(checkout.path('node_modules/.package-lock.json'));
    const npm = 'fake/npm-cli.js';
    checkout.write(
      npm,
      "console.log(process.argv.slice(2).join(' '), process.env.ONNXRUNTIME_NODE_INSTALL); process.exit(7);\n",
    );
    const { code, stderr } = await checkout.sashimi([], { npm_execpath: checkout.path(npm) });
    assert.equal(code, 1);
    assert.match(stderr, /^ci --ignore-scripts .* skip$/m);
    assert.match(stderr, /^CLI_INSTALL: npm ci ended with code 7\.$/m);
  });
});
