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
  /** Interleaved float32 to the bytes that the program reads, of the same length. */
  encode(samples: Float32Array, into: Buffer): void;
  /** What it writes to standard error when it had nothing to play. */
  readonly underrun: RegExp;
  /** Bytes that wait in the pipe of the operating system, measured on Linux with blocks of 128 to 512 frames. */
  readonly pipeBytes: number;
  /** Blocks that the program keeps at the device. */
  readonly deviceBlocks: number;
  /** Asked when the executable is there. */
  probe(): Promise<SinkProbe>;
  devices(): Promise<readonly SinkDevice[]>;
}

const PIPE_BYTES = 131072;
const PATIENCE_MS = 5000;

const aplay: PipeProgram = {
  name: 'aplay',
  install: 'apt-get install alsa-utils',
  args: ({ sampleRate, channels, blockFrames }, device) => [
    '-q',
    ...['-t', 'raw', '-f', 'FLOAT_LE', '-r', `${sampleRate}`, '-c', `${channels}`],
    ...['--period-size', `${blockFrames}`, '--buffer-size', `${blockFrames * 4}`],
    ...(device === undefined ? [] : ['-D', device]),
    '-',
  ],
  encode: littleEndian,
  underrun: /underrun/,
  pipeBytes: PIPE_BYTES,
  deviceBlocks: 4,
  async probe() {
    const listed = await output('aplay', ['-L']);
    return listed.split('\n').some((line) => /^[A-Za-z]/.test(line) && line !== 'null')
      ? { available: true }
      : { available: false, reason: 'ALSA knows no output', remedy: 'Connect a sound card.' };
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
    ...['--rate', `${sampleRate}`, '--channels', `${channels}`, '--format', 'f32'],
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
    header.writeUInt32BE(6, 12);
    header.writeUInt32BE(sampleRate, 16);
    header.writeUInt32BE(channels, 20);
    return header;
  },
  encode: bigEndian,
  underrun: /underrun|xrun/,
  pipeBytes: PIPE_BYTES,
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
    ...['-f', 'f32le', '-ar', `${sampleRate}`, '-ac', `${channels}`, '-i', '-'],
  ],
  encode: littleEndian,
  underrun: /underrun/,
  pipeBytes: PIPE_BYTES,
  deviceBlocks: 8,
  probe: async () => ({ available: true }),
  devices: async () => [],
};

export const PIPE_PROGRAMS: readonly PipeProgram[] = [pwCat, aplay, ffplay];

function littleEndian(samples: Float32Array, into: Buffer): void {
  for (let i = 0; i < samples.length; i++) into.writeFloatLE(samples[i]!, i * 4);
}

function bigEndian(samples: Float32Array, into: Buffer): void {
  for (let i = 0; i < samples.length; i++) into.writeFloatBE(samples[i]!, i * 4);
}

/** Standard output of a short command; empty when it fails. */
function output(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: PATIENCE_MS }, (error, stdout) =>
      resolve(error === null ? stdout : ''),
    );
  });
}
