/**
 * Starts a program whose standard input is a real pipe. Node's own 'pipe' is a pair of sockets, which takes a fifth
 * of a second of sound and asks for more in bursts of that size: a pipe holds 64 KiB and asks page by page.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a pipe holds, on Linux and macOS. */
export const PIPE_BYTES = 65536;

export interface PipedProgram {
  readonly child: ChildProcess;
  /** Write end of the program's input, blocking: write from Node's worker threads. The caller closes it. */
  readonly fd: number;
}

export function startPiped(command: string, args: readonly string[]): PipedProgram {
  const folder = mkdtempSync(join(tmpdir(), 'sashimi-pipe-'));
  try {
    const path = join(folder, 'sound');
    execFileSync('mkfifo', ['-m', '600', path]);
    // Opened both ways first: opening one end alone would wait for the other.
    const both = openSync(path, 'r+');
    const input = openSync(path, 'r');
    const fd = openSync(path, 'w');
    closeSync(both);
    const child = spawn(command, args, { stdio: [input, 'ignore', 'pipe'] });
    closeSync(input);
    return { child, fd };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
