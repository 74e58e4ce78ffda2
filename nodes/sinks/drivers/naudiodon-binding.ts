/**
 * The binary of naudiodon (PortAudio), without its JavaScript. That one loads segfault-handler, which cannot
 * be loaded by a second thread, and turns an underflow into the end of the stream.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface PortAudioDevice {
  readonly id: number;
  readonly name: string;
  readonly maxOutputChannels: number;
  readonly maxInputChannels: number;
  readonly defaultSampleRate: number;
  readonly hostAPIName: string;
}

export interface PortAudioStream {
  start(): void;
  /** Copies `chunk` at once. Resolves when the queue had room: with a text when PortAudio reported something. One at a time. */
  write(chunk: Uint8Array): Promise<string | undefined>;
  quit(how: 'WAIT' | 'ABORT'): Promise<void>;
}

export interface PortAudioInput {
  start(): void;
  /** Resolves when so much is there; one at a time. `finished` when no more comes. */
  read(numBytes: number): Promise<{ readonly buf: Buffer; readonly finished: boolean }>;
}

export interface PortAudioBinding {
  getDevices(): readonly PortAudioDevice[];
  getHostAPIs(): {
    readonly HostAPIs: readonly { readonly defaultOutput: number; readonly defaultInput: number }[];
    readonly defaultHostAPI: number;
  };
  create(options: { readonly outOptions: Readonly<Record<string, number | boolean>> }): PortAudioStream;
  create(options: { readonly inOptions: Readonly<Record<string, number | boolean>> }): PortAudioInput;
}

const require = createRequire(import.meta.url);

/** Path of the built addon, or why there is none. */
export function findBinding():
  | { readonly path: string }
  | { readonly reason: string; readonly remedy: string } {
  let folder: string;
  try {
    folder = dirname(require.resolve('naudiodon/package.json'));
  } catch {
    return { reason: 'the package naudiodon is not installed', remedy: 'Run npm install naudiodon.' };
  }
  const path = join(folder, 'build', 'Release', 'naudiodon.node');
  if (existsSync(path)) return { path };
  return {
    reason: 'the package naudiodon is installed, but its addon was not built',
    remedy:
      'Install a C++ compiler, python3 and (on Debian) libasound2-dev, then run npm rebuild naudiodon --foreground-scripts.',
  };
}

/** Throws what the loader says when the addon cannot be loaded here. */
export function loadBinding(path: string): PortAudioBinding {
  return require(path) as PortAudioBinding;
}
