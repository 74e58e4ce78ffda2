/** What captures by processes have in common: each ends once, and whoever is stopped is not heard any more. */
import type { ChildProcess } from 'node:child_process';
import type { CaptureEnd, CaptureListener } from './capture-program.js';

/** How ALSA says that there is none. */
const NO_DEVICE = /No such (file|device)|cannot find card|Unknown PCM/i;

export interface OnceEnded {
  isOver: boolean;
  /** Tells the listener, unless it was told. */
  over(end: CaptureEnd): void;
}

/** `said`: what the process has complained of so far. */
export function onceEnded(
  child: ChildProcess,
  name: string,
  listener: CaptureListener,
  said: () => string = () => '',
): OnceEnded {
  const state: OnceEnded = {
    isOver: false,
    over(end) {
      if (state.isOver) return;
      state.isOver = true;
      listener.ended(end);
    },
  };
  child.once('error', (error: NodeJS.ErrnoException) =>
    state.over(
      error.code === 'ENOENT'
        ? { code: 'AUDIO_INPUT_UNAVAILABLE', sentence: `${name} is not installed` }
        : { code: 'AUDIO_INPUT_FAILED', sentence: `${name} cannot be started: ${error.message}` },
    ),
  );
  child.once('close', (code, signal) => {
    const why = complaintOf(said(), name) ?? `it ended (${signal ?? code})`;
    state.over({
      code: NO_DEVICE.test(why) ? 'AUDIO_INPUT_ABSENT' : 'AUDIO_INPUT_FAILED',
      sentence: `${name} does not record: ${why}`,
    });
  });
  return state;
}

/** What the program itself says, rather than a library of its. */
function complaintOf(said: string, name: string): string | undefined {
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  return (lines.find((line) => line.startsWith(name)) ?? lines[0])?.trim();
}

/** A process that hangs in a driver hears nothing but this. */
export function stopProcess(child: ChildProcess): void {
  child.kill('SIGKILL');
}
