/** Runs the built command as a person would, from the package root. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../models/package-root.js';

export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliRunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

export const cliEntry = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

export function runCli(args: readonly string[], options: CliRunOptions = {}): Promise<CliRun> {
  return runProgram(process.execPath, [cliEntry, ...args], options);
}

/** Collects everything that a program prints, and its exit code; 128 for a signal. */
export function runProgram(
  command: string,
  args: readonly string[],
  { cwd = packageRoot(), env = process.env }: CliRunOptions = {},
): Promise<CliRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 128, stdout, stderr }));
  });
}
