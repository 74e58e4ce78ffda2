import assert from 'node:assert/strict';
import type { Command } from 'commander';
import { applyConfig } from '../../../src/cli/apply-config.js';
import { playCommand } from '../../../src/cli/commands/play.js';
import { CliError } from '../../../src/cli/errors.js';

type Values = Readonly<Record<string, string>>;

/** The options of `play` with these words on the command line and these values in the config file. */
function optionsOf(words: string, values: Values): Command {
  const command = playCommand().action(() => undefined);
  command.parse(words === '' ? [] : words.split(' '), { from: 'user' });
  applyConfig(command, { values, plugins: [] });
  return command;
}

describe('command line and config file together', () => {
  it('the command line wins, the config file fills in', () => {
    const { oscPort, seed } = optionsOf('--osc-port 9100', { oscPort: '9200', seed: '7' }).opts();
    assert.deepEqual([oscPort, seed], [9100, 7]);
  });

  it('a value of the config file passes the checks of the option', () => {
    assert.throws(
      () => optionsOf('', { stepper: 'steam' }),
      (error) => error instanceof CliError && error.code === 'CLI_CONFIG' && /"steam"/.test(error.message),
    );
  });

  const settled: readonly (readonly [string, Values, string, string | undefined])[] = [
    ['', {}, 'auto', undefined],
    ['--provider cpu', {}, 'onnx', 'cpu'],
    ['--stepper onnx', {}, 'onnx', undefined],
    ['', { stepper: 'native' }, 'native', undefined],
    ['', { provider: 'cpu' }, 'onnx', 'cpu'],
    ['', { stepper: 'onnx', provider: 'cpu' }, 'onnx', 'cpu'],
    ['--stepper onnx', { provider: 'webgpu' }, 'onnx', 'webgpu'],
    ['--stepper native', { provider: 'cpu' }, 'native', undefined],
    ['--stepper auto', { provider: 'cpu' }, 'auto', undefined],
    ['--stepper wasm', { stepper: 'onnx', provider: 'cpu' }, 'wasm', undefined],
    ['--provider cpu', { stepper: 'native' }, 'onnx', 'cpu'],
    ['--provider cpu', { stepper: 'onnx', provider: 'webgpu' }, 'onnx', 'cpu'],
    ['--stepper onnx --provider cpu', { stepper: 'native', provider: 'webgpu' }, 'onnx', 'cpu'],
  ];
  for (const [words, values, stepper, provider] of settled) {
    it(`play ${words} with ${JSON.stringify(values)}: ${stepper}, ${provider ?? 'no provider'}`, () => {
      const options = optionsOf(words, values).opts();
      assert.deepEqual([options.stepper, options.provider], [stepper, provider]);
    });
  }

  const refused: readonly (readonly [string, Values, string, RegExp])[] = [
    ['--stepper native --provider cpu', {}, 'CLI_USAGE', /--provider cpu goes with --stepper onnx/],
    ['--stepper wasm --provider cpu', { stepper: 'onnx' }, 'CLI_USAGE', /not with wasm/],
    ['', { stepper: 'native', provider: 'cpu' }, 'CLI_CONFIG', /provider to "cpu".*not with "native"/],
  ];
  for (const [words, values, code, message] of refused) {
    it(`play ${words} with ${JSON.stringify(values)} is refused`, () => {
      assert.throws(
        () => optionsOf(words, values),
        (error) => error instanceof CliError && error.code === code && message.test(error.message),
      );
    });
  }
});
