import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { packageRoot } from '../../models/package-root.js';
import { createProgram } from '../../src/cli/program.js';
import { runCli } from '../support/run-cli.js';

/** Every command with the words that call it, subcommands too: `sashimi model import`. */
function commands(command: Command = createProgram(), name = 'sashimi'): (readonly [string, Command])[] {
  return [[name, command], ...command.commands.flatMap((sub) => commands(sub, `${name} ${sub.name()}`))];
}

describe('the command line', () => {
  for (const [name, command] of commands()) {
    it(`${name} --help explains itself, every option in it`, async () => {
      const { code, stdout, stderr } = await runCli([...name.split(' ').slice(1), '--help']);
      assert.equal(code, 0);
      assert.equal(stderr, '');
      assert.ok(stdout.startsWith(`Usage: ${name}`), stdout);
      assert.ok(command.description().length > 20, 'a description');
      for (const option of command.options) {
        assert.ok(stdout.includes(option.flags), `${option.flags} is not shown`);
        assert.ok(option.description.length > 0, `${option.flags} has no word of explanation`);
      }
    });
  }

  it('prints help without a command', async () => {
    const { code, stdout } = await runCli([]);
    assert.equal(code, 0);
    assert.match(stdout, /First sound:/);
  });

  it('prints the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
      version: string;
    };
    assert.equal((await runCli(['--version'])).stdout.trim(), version);
  });

  const wrongUsage: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['an unknown command', ['plai'], /play/],
    ['an unknown option', ['play', '--snik', 'null'], /--sink/],
    ['an option without its value', ['render', 'shore', '--seconds'], /--seconds/],
    ['a missing argument', ['render', '--seconds', '1', '--out', 'x.wav'], /PRESET/],
    ['a missing required option', ['render', 'shore', '--seconds', '1'], /--out/],
    ['a value that is no number', ['render', 'shore', '--seconds', 'long', '--out', 'x.wav'], /number/],
    ['a value out of range', ['play', '--osc-port', '70000'], /65535/],
    ['a sink of no kind', ['play', '--sink', 'tape'], /speaker, null/],
    ['a device for a file', ['play', '--sink', 'x.wav', '--device', 'card'], /--device/],
    ['an allow list without a host', ['play', '--allow', '10.0.0.0/8'], /--host/],
    ['an allowed address that is none', ['play', '--host', '0.0.0.0', '--allow', 'studio'], /IP address/],
    ['an unknown node type', ['nodes', 'teapot'], /teapot/],
    [
      'a bit depth that there is not',
      ['render', 'shore', '--seconds', '1', '--out', 'x.wav', '--bit-depth', '20'],
      /32f/,
    ],
  ];
  for (const [what, args, mentions] of wrongUsage) {
    it(`exits with 2 on ${what}, and says it on stderr alone`, async () => {
      const { code, stdout, stderr } = await runCli(args);
      assert.equal(code, 2, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, /^CLI_USAGE: /);
      assert.match(stderr, mentions);
    });
  }

  it('shows the help of a group of commands, as wrong usage', async () => {
    const { code, stdout, stderr } = await runCli(['model']);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /^Usage: sashimi model/);
  });

  it('prints no colours and no progress into a pipe', async () => {
    const { stdout, stderr } = await runCli(['nodes']);
    assert.ok(!`${stdout}${stderr}`.includes('\x1b'));
  });
});
