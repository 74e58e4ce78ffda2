import { type Command, InvalidArgumentError } from 'commander';
import type { Config } from './config.js';
import { CliError } from './errors.js';

/** What the config file says counts where the command line is silent; its values pass the same checks. */
export function applyConfig(command: Command, config: Config): void {
  for (const option of command.options) {
    const name = option.attributeName();
    const text = config.values[name as keyof Config['values']];
    if (text === undefined || isFromCommandLine(command, name)) continue;
    try {
      const value = option.parseArg === undefined ? text : option.parseArg(text, undefined);
      command.setOptionValueWithSource(name, value, 'config');
    } catch (cause) {
      if (!(cause instanceof InvalidArgumentError)) throw cause;
      throw new CliError('CLI_CONFIG', `The config file sets ${name} to "${text}". ${cause.message}`);
    }
  }
  settleProvider(command);
}

/** Implied by another option there counts, too. */
function isFromCommandLine(command: Command, name: string): boolean {
  const source = command.getOptionValueSource(name);
  return source === 'cli' || source === 'implied';
}

/** A provider goes with the onnx stepper alone: where only one of both is said, it decides; else the command line. */
function settleProvider(command: Command): void {
  const { stepper, provider } = command.opts<{ stepper: string; provider?: string }>();
  if (provider === undefined || stepper === 'onnx') return;
  if (isFromCommandLine(command, 'provider')) {
    throw new CliError('CLI_USAGE', `--provider ${provider} goes with --stepper onnx, not with ${stepper}.`);
  }
  if (isFromCommandLine(command, 'stepper')) {
    command.setOptionValueWithSource('provider', undefined, undefined);
  } else if (command.getOptionValueSource('stepper') === 'config') {
    throw new CliError(
      'CLI_CONFIG',
      `The config file sets provider to "${provider}", which goes with stepper "onnx", not with "${stepper}".`,
    );
  } else {
    command.setOptionValueWithSource('stepper', 'onnx', 'implied');
  }
}
