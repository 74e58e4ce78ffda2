/** Starts the engine process, detached: it outlives whoever starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { EngineStart } from './engine-link.js';

const logTailCharacters = 600;

export interface EngineChild {
  readonly pid: number | undefined;
  /** How it ended, for a person: a signal's name or an exit code. Resolves when it has. */
  readonly exited: Promise<string>;
  kill(): void;
}

/** Its output goes to `logPath`, so nothing that it writes can fail because a terminal has gone. */
export function spawnEngine(start: EngineStart, logPath: string): EngineChild {
  const log = openSync(logPath, 'w', 0o600);
  let child: ChildProcess;
  try {
    child = spawn(process.execPath, [fileURLToPath(new URL('./engine-main.js', import.meta.url))], {
      detached: true,
      stdio: ['pipe', log, log],
    });
  } finally {
    closeSync(log);
  }
  child.stdin!.on('error', () => undefined);
  child.stdin!.end(JSON.stringify(start));
  child.unref();
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  return { pid: child.pid, exited, kill: () => child.kill('SIGKILL') };
}

/** The last lines that the engine wrote; empty when it wrote none. */
export function logTail(logPath: string): string {
  try {
    return readFileSync(logPath, 'utf8').trim().slice(-logTailCharacters);
  } catch {
    return '';
  }
}
