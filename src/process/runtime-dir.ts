/** Where the two processes meet: a folder of this user's own, two sockets and one log per OSC port. */
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { EngineError } from '../engine/errors.js';

/** Longest path that every platform's sockaddr_un takes. */
const maxSocketPath = 100;

export interface MeetingPlace {
  /** Unix socket, or named pipe on Windows, that the engine listens on. */
  readonly socketPath: string;
  /** Unix socket, or named pipe on Windows, that tells how far the sound has come: see osc/pulse.ts. */
  readonly pulsePath: string;
  /** What the engine process prints goes here. */
  readonly logPath: string;
}

export function meetingPlace(oscPort: number): MeetingPlace {
  const folder = runtimeDir();
  const name = `engine-${oscPort}`;
  const logPath = join(folder, `${name}.log`);
  if (process.platform === 'win32') {
    const socketPath = `\\\\.\\pipe\\sashimi-live-${userInfo().username}-${name}`;
    return { socketPath, pulsePath: `${socketPath}-pulse`, logPath };
  }
  return { socketPath: join(folder, `${name}.sock`), pulsePath: join(folder, `${name}.pulse`), logPath };
}

/** Made when missing, mode 0700; refused when somebody else owns it. */
function runtimeDir(): string {
  const uid = process.getuid?.();
  const fallback = join(tmpdir(), `sashimi-live-${uid ?? userInfo().username}`);
  const wished = process.env.XDG_RUNTIME_DIR;
  const preferred = wished === undefined || wished === '' ? fallback : join(wished, 'sashimi-live');
  const folder = preferred.length + 24 > maxSocketPath ? fallback : preferred;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const stat = lstatSync(folder);
    if (!stat.isDirectory() || (uid !== undefined && stat.uid !== uid)) {
      throw new EngineError(
        'ENGINE_RUNTIME_DIR',
        `${folder} should be a folder that belongs to this user; it is not.`,
      );
    }
    if (uid !== undefined && (stat.mode & 0o077) !== 0) chmodSync(folder, 0o700);
    return folder;
  } catch (cause) {
    if (cause instanceof EngineError) throw cause;
    throw new EngineError(
      'ENGINE_RUNTIME_DIR',
      `${folder} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}
