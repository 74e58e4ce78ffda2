/** A command that goes on running: what it has printed so far, and how it ends. */
import { spawn } from 'node:child_process';
import { packageRoot } from '../../models/package-root.js';
import { cliEntry } from './run-cli.js';

export interface RunningCli {
  stdout(): string;
  /** Resolves once stdout matches; rejects when the command ends before. */
  sees(pattern: RegExp): Promise<RegExpExecArray>;
  /** Ctrl-C, which a terminal sends to the whole process group; resolves to the exit code, 128 for a signal. */
  interrupt(): Promise<number>;
}

/** A test that fails half-way must not leave an engine playing when all is over. */
const running = new Set<RunningCli>();
after(async () => {
  await Promise.all([...running].map((cli) => cli.interrupt()));
});

/** `runtimeFolder` keeps the engine's sockets and logs of this test to itself. */
export function startCli(
  args: readonly string[],
  runtimeFolder: string,
  env: NodeJS.ProcessEnv = {},
  cwd = packageRoot(),
): RunningCli {
  return startProgram(process.execPath, [cliEntry, ...args], runtimeFolder, env, cwd);
}

export function startProgram(
  command: string,
  args: readonly string[],
  runtimeFolder: string,
  env: NodeJS.ProcessEnv = {},
  cwd = packageRoot(),
): RunningCli {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, XDG_RUNTIME_DIR: runtimeFolder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  let hasEnded = false;
  let wake: () => void = () => undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    wake();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<number>((resolve) => {
    child.on('close', (code) => {
      hasEnded = true;
      running.delete(cli);
      resolve(code ?? 128);
      wake();
    });
  });
  const cli: RunningCli = {
    stdout: () => stdout,
    async sees(pattern) {
      for (;;) {
        const found = pattern.exec(stdout);
        if (found !== null) return found;
        if (hasEnded) throw new Error(`ended with ${child.exitCode} before ${pattern}:\n${stdout}${stderr}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    interrupt() {
      if (!hasEnded && child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
      return ended;
    },
  };
  running.add(cli);
  return cli;
}
