/** What each program wants: arguments, bytes, and the words it has for its troubles. */
import { execFile } from 'node:child_process';
import type { SinkDevice, SinkFormat, SinkProbe } from '../driver.js';

export interface PipeProgram {
  /** Name of the executable, and of the driver. */
  readonly name: string;
  /** How to get it. */
  readonly install: string;
  args(format: SinkFormat, device: string | undefined): string[];
  /** Sent first, where the program knows no raw sound. */
  header?(format: SinkFormat): Buffer;
  /** Of one sample. Where the program takes float64, twice the bytes are half the time that waits in the pipe. */
  readonly bytesPerSample: 4 | 8;
  /** Writes one sample. */
  putSample(into: Buffer, offset: number, x: number): void;
  /** What it writes to standard error when it had nothing to play. */
  readonly underrun: RegExp;
  /** Blocks that the program keeps at the device. */
  readonly deviceBlocks: number;
  /** Asked when the executable is there. */
  probe(): Promise<SinkProbe>;
  devices(): Promise<readonly SinkDevice[]>;
}

const PATIENCE_MS = 5000;
/** The pipe before it is longer anyway: a generous buffer costs little and bears a busy machine. */
const APLAY_BLOCKS = 8;

const aplay: PipeProgram = {
  name: 'aplay',
  install: 'apt-get install alsa-utils',
  args: ({ sampleRate, channels, blockFrames }, device) => [
    '-q',
    ...['-t', 'raw', '-f', 'FLOAT_LE', '-r', `${sampleRate}`, '-c', `${channels}`],
    ...['--period-size', `${blockFrames}`, '--buffer-size', `${blockFrames * APLAY_BLOCKS}`],
    ...(device === undefined ? [] : ['-D', device]),
    '-',
  ],
  bytesPerSample: 4,
  putSample: (into, offset, x) => into.writeFloatLE(x, offset),
  underrun: /underrun/,
  deviceBlocks: APLAY_BLOCKS,
  // ALSA lists plug-ins as devices where there is no card: only playing tells.
  async probe() {
    const said = await complaint('aplay', ['-q', '-t', 'raw', '-f', 'S16_LE', '-r', '48000', '-c', '2', '-']);
    return said === undefined
      ? { available: true }
      : {
          available: false,
          reason: `ALSA cannot play (${said})`,
          remedy: 'Connect a sound card.',
          isDeviceMissing: true,
        };
  },
  async devices() {
    const listed = await output('aplay', ['-L']);
    return listed
      .split('\n')
      .filter((line) => /^[A-Za-z]/.test(line) && line !== 'null')
      .map((name) => ({ name, isDefault: name === 'default', channels: 2, sampleRate: 0 }));
  },
};

const pwCat: PipeProgram = {
  name: 'pw-cat',
  install: 'apt-get install pipewire-bin',
  args: ({ sampleRate, channels, blockFrames }, device) => [
    '--playback',
    ...['--rate', `${sampleRate}`, '--channels', `${channels}`, '--format', 'f64'],
    ...['--latency', `${blockFrames * 2}`],
    ...(device === undefined ? [] : ['--target', device]),
    '-',
  ],
  // Sun/NeXT sound: every version reads it from a pipe, and it allows an unknown length.
  header: ({ sampleRate, channels }) => {
    const header = Buffer.alloc(28);
    header.write('.snd', 0, 'ascii');
    header.writeUInt32BE(28, 4);
    header.writeUInt32BE(0xffffffff, 8);
    header.writeUInt32BE(7, 12);
    header.writeUInt32BE(sampleRate, 16);
    header.writeUInt32BE(channels, 20);
    return header;
  },
  bytesPerSample: 8,
  putSample: (into, offset, x) => into.writeDoubleBE(x, offset),
  underrun: /underrun|xrun/,
  deviceBlocks: 2,
  async probe() {
    const said = await output('pw-cli', ['info', '0']);
    return said !== ''
      ? { available: true }
      : {
          available: false,
          reason: 'PipeWire does not run',
          remedy: 'Start PipeWire, or use another driver.',
        };
  },
  devices: async () => [],
};

const ffplay: PipeProgram = {
  name: 'ffplay',
  install: 'apt-get install ffmpeg',
  args: ({ sampleRate, channels }) => [
    ...['-nodisp', '-autoexit', '-loglevel', 'error', '-fflags', 'nobuffer', '-probesize', '32'],
    ...['-f', 'f64le', '-ar', `${sampleRate}`, '-ac', `${channels}`, '-i', '-'],
  ],
  bytesPerSample: 8,
  putSample: (into, offset, x) => into.writeDoubleLE(x, offset),
  underrun: /underrun/,
  deviceBlocks: 8,
  async probe() {
    const raw = ['-f', 's16le', '-ar', '48000', '-ac', '2', '-i', '-'];
    const said = await complaint('ffplay', ['-nodisp', '-autoexit', '-loglevel', 'error', ...raw]);
    return said === undefined
      ? { available: true }
      : { available: false, reason: `ffplay cannot play (${said})`, remedy: 'Connect a sound card.' };
  },
  devices: async () => [],
};

export const PIPE_PROGRAMS: readonly PipeProgram[] = [pwCat, aplay, ffplay];

/** Standard output of a short command; empty when it fails. */
function output(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: PATIENCE_MS }, (error, stdout) =>
      resolve(error === null ? stdout : ''),
    );
  });
}

/** Gives the program 10 ms of 16-bit stereo silence to play: undefined when it did, else the first line of its complaint. */
function complaint(command: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = execFile(command, args, { timeout: PATIENCE_MS }, (error, _stdout, stderr) => {
      const said = stderr.trim().split('\n')[0] ?? '';
      if (error === null && said === '') resolve(undefined);
      else resolve(said === '' ? (error?.message ?? 'it failed') : said);
    });
    // A program that refuses at once closes its input: its complaint is what counts.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(Buffer.alloc(480 * 4));
  });
}
