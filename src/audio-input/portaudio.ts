/** Recording by PortAudio: the way with the least delay. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { findBinding } from '../../nodes/index.js';
import { onceEnded, stopProcess } from './capture-process.js';
import type { CaptureListener, CaptureProgram, CaptureWish, RunningCapture } from './capture-program.js';
import type { PortAudioNews } from './portaudio-capture.js';

const script = fileURLToPath(new URL('./portaudio-capture.js', import.meta.url));

export const portAudio: CaptureProgram = {
  name: 'naudiodon',
  start(wish: CaptureWish, listener: CaptureListener): RunningCapture {
    const found = findBinding();
    if (!('path' in found)) {
      const timer = setImmediate(() =>
        listener.ended({ code: 'AUDIO_INPUT_UNAVAILABLE', sentence: found.reason }),
      );
      return { stop: () => clearImmediate(timer) };
    }
    const child = spawn(process.execPath, [script, found.path, JSON.stringify(wish)], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'ipc'],
    });
    return attend(child, listener);
  },
};

function attend(child: ChildProcess, listener: CaptureListener): RunningCapture {
  const end = onceEnded(child, 'PortAudio', listener);
  child.on('message', (news: PortAudioNews) => {
    if (end.isOver) return;
    if (news.kind === 'opened') listener.opened(news.format);
    else end.over(news.end);
  });
  (child.stdio[3] as Readable).on('data', (bytes: Buffer) => {
    if (!end.isOver) listener.sound(bytes);
  });
  return {
    stop() {
      end.isOver = true;
      stopProcess(child);
    },
  };
}
