/** Recording by ALSA's own program: needs nothing built. */
import { execFile, spawn } from 'node:child_process';
import { onceEnded, stopProcess } from './capture-process.js';
import {
  type CaptureListener,
  type CaptureProgram,
  type CaptureWish,
  channelsFor,
  isNamed,
  listed,
  type RunningCapture,
} from './capture-program.js';

/** Pieces that ALSA keeps. */
const PERIODS = 8;
const PATIENCE_MS = 5000;

export const arecord: CaptureProgram = {
  name: 'arecord',
  start(wish: CaptureWish, listener: CaptureListener): RunningCapture {
    if (wish.device === '') return record(wish, undefined, listener);
    let running: RunningCapture | undefined;
    let isStopped = false;
    void listArecordInputs().then((names) => {
      if (isStopped) return;
      const device = names?.find((name) => isNamed(name, wish.device));
      if (device !== undefined) running = record(wish, device, listener);
      else if (names === undefined) {
        listener.ended({ code: 'AUDIO_INPUT_UNAVAILABLE', sentence: 'arecord is not installed' });
      } else {
        const sentence = `ALSA has no input "${wish.device}": ${listed(names)}`;
        listener.ended({ code: 'AUDIO_INPUT_ABSENT', sentence });
      }
    });
    return {
      stop() {
        isStopped = true;
        running?.stop();
      },
    };
  },
};

function record(wish: CaptureWish, device: string | undefined, listener: CaptureListener): RunningCapture {
  const { sampleRate, pieceFrames } = wish;
  const channels = channelsFor(wish);
  const child = spawn(
    'arecord',
    [
      '-q',
      ...['-t', 'raw', '-f', 'FLOAT_LE', '-r', `${sampleRate}`, '-c', `${channels}`],
      ...['--period-size', `${pieceFrames}`, '--buffer-size', `${pieceFrames * PERIODS}`],
      ...(device === undefined ? [] : ['-D', device]),
      '-',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  const end = onceEnded(child, 'arecord', listener, () => said);
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
  });
  let isOpen = false;
  child.stdout.on('data', (bytes: Buffer) => {
    if (end.isOver) return;
    // It says nothing when it succeeds: its first sound does.
    if (!isOpen) listener.opened({ device: device ?? 'default', sampleRate, channels });
    isOpen = true;
    listener.sound(bytes);
  });
  return {
    stop() {
      end.isOver = true;
      stopProcess(child);
    },
  };
}

/** Undefined where there is no arecord. */
export function listArecordInputs(): Promise<readonly string[] | undefined> {
  return new Promise((resolve) => {
    execFile('arecord', ['-L'], { timeout: PATIENCE_MS }, (error, stdout) => {
      if (error !== null) resolve(undefined);
      else resolve(stdout.split('\n').filter((line) => /^[A-Za-z]/.test(line) && line !== 'null'));
    });
  });
}
