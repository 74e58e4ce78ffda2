import { CommanderError } from 'commander';
import { isCodedError } from '../../graph/index.js';
import { cliErrors } from './errors.js';
import { err } from './terminal.js';

export const exitCodes = { done: 0, failed: 1, usage: 2 } as const;

/** Prints `CODE: sentence` and what to do, and gives the exit code. */
export function reportError(error: unknown): number {
  if (error instanceof CommanderError) return reportUsage(error);
  const isKnown = isCodedError(error);
  const code = isKnown ? error.code : 'CLI_INTERNAL';
  const message = error instanceof Error ? error.message : String(error);
  const remedy = isKnown ? error.remedy : cliErrors.CLI_INTERNAL.remedy;
  printError(code, message, remedy);
  if (process.env.SASHIMI_DEBUG === '1' && error instanceof Error) err.write(`${error.stack ?? ''}\n`);
  return code === 'CLI_USAGE' ? exitCodes.usage : exitCodes.failed;
}

export function printError(code: string, message: string, remedy: string): void {
  err.write(`${err.style('red', code)}: ${message}\n`);
  if (remedy !== '') err.write(`  ${remedy}\n`);
}

/** Help and version end a command, too, without an error. */
function reportUsage(error: CommanderError): number {
  if (error.exitCode === 0) return exitCodes.done;
  if (error.code === 'commander.help') return exitCodes.usage; // a group of commands alone: its help was the answer
  const message = error.message.replace(/^error: /, '').trim();
  printError('CLI_USAGE', message, cliErrors.CLI_USAGE.remedy);
  return exitCodes.usage;
}
