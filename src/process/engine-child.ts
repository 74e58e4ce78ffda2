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
  readonly hasExited: boolean;
  /** Once: it plays. Until then it has its modules loaded and waits. */
  start(start: EngineStart): void;
  /** It has not been started and will not be: it ends by itself. */
  dismiss(): void;
  /** Whoever does that waits for `exited`. */
  kill(): void;
}

/** Its output goes to `logPath`, so nothing that it writes can fail because a terminal has gone. */
export function spawnEngine(logPath: string): EngineChild {
  const log = openLog(logPath);
  let child: ChildProcess;
  try {
    child = spawn(process.execPath, [fileURLToPath(new URL('./engine-main.js', import.meta.url))], {
      detached: true,
      stdio: ['pipe', log ?? 'ignore', log ?? 'ignore'],
    });
  } finally {
    if (log !== undefined) closeSync(log);
  }
  const stdin = child.stdin!;
  stdin.on('error', () => undefined);
  child.unref();
  let hasExited = false;
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  void exited.then(() => {
    hasExited = true;
  });
  return {
    pid: child.pid,
    exited,
    get hasExited() {
      return hasExited;
    },
    start: (start) => void stdin.end(JSON.stringify(start)),
    dismiss: () => void stdin.end(),
    kill: () => {
      // Without it, and with nothing else to do, this process would end before the child has.
      child.ref();
      child.kill('SIGKILL');
    },
  };
}

/** Undefined when its folder has gone, as that of a session does when somebody logs out: the music plays on. */
function openLog(logPath: string): number | undefined {
  try {
    return openSync(logPath, 'a', 0o600);
  } catch {
    return undefined;
  }
}

/** The last lines that the engine wrote; empty when it wrote none. */
export function logTail(logPath: string): string {
  try {
    return readFileSync(logPath, 'utf8').trim().slice(-logTailCharacters);
  } catch {
    return '';
  }
}
