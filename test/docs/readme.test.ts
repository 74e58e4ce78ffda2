/** Every command that README.md shows is run here. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../models/package-root.js';
import { runCli } from '../support/run-cli.js';
import { startCli, startProgram } from '../support/start-cli.js';
import { useTempFolder } from '../support/temp-folder.js';

const readme = readFileSync(join(packageRoot(), 'README.md'), 'utf8');

/** The lines of all blocks marked `sh`. */
const commands = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)]
  .flatMap(([, block = '']) => block.trim().split('\n'))
  .map((line) => line.trim());

const sashimiArgs = (start: RegExp): string[][] =>
  commands.filter((line) => start.test(line)).map((line) => line.split(' ').slice(2));

/** Run by other means than below, with the reason. */
const elsewhere = new Map([
  ['npm test', 'this is it'],
  ['npm run build', 'what it calls is tested in end-to-end/bootstrap'],
  ['npm run docs', 'what it writes is tested beside this file'],
  ['npm run bench', 'takes minutes; what it calls is tested in end-to-end/cli-bench'],
]);

/** A free port, no sound card needed, and room for a busy machine. */
const quiet = ['--osc-port', '0', '--look-ahead', '200'];

describe('README.md', function () {
  this.timeout(240_000);
  const folder = useTempFolder();
  const inFolder = (args: readonly string[]): string[] =>
    args.map((arg) => (/^[\w-]+\.wav$/.test(arg) ? folder.path(arg) : arg));

  it('shows no command that is not run by a test', () => {
    const known = [...elsewhere.keys(), 'npm start'];
    const rest = commands.filter(
      (line) => !known.includes(line) && !/^(npx sashimi|oscsend localhost 9010) /.test(line),
    );
    assert.deepEqual(rest, []);
    assert.ok(commands.includes('npm start') && commands.includes('npm test'));
  });

  it('npm start plays, every oscsend line arrives, and Ctrl-C ends it', async () => {
    const playing = startProgram('npm', ['start', '--', '--sink', 'null', ...quiet], folder.path());
    const [, port = ''] = await playing.sees(/OSC on udp 127\.0\.0\.1:(\d+)/);
    if (spawnSync('oscsend').error === undefined) {
      for (const line of commands.filter((command) => command.startsWith('oscsend'))) {
        const sent = spawnSync('sh', ['-c', line.replace('9010', port)], { encoding: 'utf8' });
        assert.equal(sent.status, 0, `${line}\n${sent.stderr}`);
      }
      await playing.sees(/Drift/);
      const { stdout } = await runCli(['status', '--osc-port', port, '--json']);
      assert.equal((JSON.parse(stdout) as { oscRefused: number }).oscRefused, 0);
    }
    assert.equal((await runCli(['status', '--osc-port', port])).code, 0);
    await playing.interrupt(); // the exit code is that of npm, which calls every Ctrl-C a failure
    assert.match(playing.stdout(), /faded out and closed/);
    assert.equal((await runCli(['status', '--osc-port', port, '--timeout', '200'])).code, 1);
  });

  for (const args of sashimiArgs(/^npx sashimi play /)) {
    it(`sashimi ${args.join(' ')}`, async () => {
      const sink = args.includes('--sink') ? [] : ['--sink', 'null'];
      const playing = startCli([...inFolder(args), ...sink, '--osc-port', '0'], folder.path());
      await playing.sees(/OSC on udp/);
      assert.equal(await playing.interrupt(), 0);
    });
  }

  it('all other commands end with 0', async () => {
    const isTried = (args: readonly string[]): boolean => args[0] !== 'play' && args[0] !== 'status';
    for (const args of sashimiArgs(/^npx sashimi /).filter(isTried)) {
      const { code, stderr } = await runCli(inFolder(args));
      assert.equal(code, 0, `${args.join(' ')}\n${stderr}`);
    }
    assert.ok(existsSync(folder.path('shore.wav')));
  });

  it('links to files that exist', () => {
    const files = [...readme.matchAll(/\]\(([^):]+)\)/g)].map(([, file = '']) => file);
    assert.ok(files.length > 0);
    for (const file of files) assert.ok(existsSync(join(packageRoot(), file)), file);
  });

  it('names every field of the config file', async () => {
    const { configFields } = await import('../../src/cli/config.js');
    for (const field of configFields) assert.ok(readme.includes(`\`${field}\``), field);
  });
});
