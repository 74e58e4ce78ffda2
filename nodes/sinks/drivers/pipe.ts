/** Sound through a program's standard input: needs nothing built, only that one of the programs is installed. */
import type { ChildProcess } from 'node:child_process';
import { accessSync, closeSync, constants, write } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { AudioBlock } from '../../../graph/index.js';
import type { SinkDevice, SinkDriver, SinkFormat, SinkStream } from '../driver.js';
import { SinkError } from '../errors.js';
import { Interleaver } from '../interleaver.js';
import { PIPE_BYTES, type PipedProgram, startPiped } from './fifo.js';
import { PIPE_PROGRAMS, type PipeProgram } from './pipe-programs.js';

export interface PipePatience {
  /** Time for a program to say that it cannot play. */
  readonly startMs: number;
  /** Time for a program to play what it has when the stream ends. */
  readonly endMs: number;
}

const DEFAULT_PATIENCE: PipePatience = { startMs: 300, endMs: 1000 };

/** One driver per program, in order of preference. */
export function pipeDrivers(patience: Partial<PipePatience> = {}): readonly SinkDriver[] {
  return PIPE_PROGRAMS.map((program) => ({
    name: program.name,
    probe: async () =>
      isOnPath(program.name)
        ? program.probe()
        : {
            available: false,
            reason: `${program.name} is not on the PATH`,
            remedy: `Install it: ${program.install}.`,
          },
    devices: async (): Promise<readonly SinkDevice[]> => (isOnPath(program.name) ? program.devices() : []),
    open: (format: SinkFormat, device?: string) =>
      openPipe(program, { ...DEFAULT_PATIENCE, ...patience }, format, device),
  }));
}

function isOnPath(name: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

async function openPipe(
  program: PipeProgram,
  { startMs, endMs }: PipePatience,
  format: SinkFormat,
  device?: string,
): Promise<SinkStream> {
  const label = `${program.name}: ${device ?? 'default device'}`;
  let piped: PipedProgram;
  try {
    piped = startPiped(program.name, program.args(format, device));
  } catch (cause) {
    throw new SinkError('SINK_UNAVAILABLE', `${label} cannot be started: ${(cause as Error).message}`, {
      cause,
    });
  }
  const stream = new PipeStream(piped, program, format, label, endMs);
  await stream.settled(startMs);
  return stream;
}

/**
 * The clock is the program's appetite: a block is demanded whenever the one before went into the pipe. A full pipe
 * is the steady state: it keeps the program fed through any hiccup of ours, at the price of its length.
 */
class PipeStream implements SinkStream {
  readonly latencyFrames: number;
  private readonly child: ChildProcess;
  private readonly fd: number;
  private readonly interleaver: Interleaver;
  private readonly bytes: Buffer;
  private demand: (() => void) | undefined;
  private isOpen = true;
  private isWriting = false;
  private underruns = 0;
  private said = '';
  private closing: Promise<void> | undefined;
  private readonly ended: Promise<void>;

  constructor(
    { child, fd }: PipedProgram,
    private readonly program: PipeProgram,
    format: SinkFormat,
    readonly description: string,
    private readonly endMs: number,
  ) {
    const { channels, blockFrames } = format;
    this.child = child;
    this.fd = fd;
    this.latencyFrames =
      Math.floor(PIPE_BYTES / (program.bytesPerSample * channels)) + program.deviceBlocks * blockFrames;
    this.bytes = Buffer.alloc(channels * blockFrames * program.bytesPerSample);
    this.interleaver = new Interleaver(channels, blockFrames, () => this.send());
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => this.lose(error.message, resolve));
      child.once('exit', (code, signal) => this.lose(`it ended (${signal ?? code})`, resolve));
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.said = (this.said + text).slice(-2000);
      this.underruns += text.split(program.underrun).length - 1;
    });
    const header = program.header?.(format);
    if (header !== undefined) this.put(header);
  }

  get xruns(): number {
    return this.underruns;
  }

  /** Rejects when the program ends within `ms`: it has not found its device, or cannot take the format. */
  async settled(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([this.ended, patience]);
    clearTimeout(timer);
    if (this.isOpen) return;
    const { said } = this;
    await this.close();
    throw new SinkError('SINK_DEVICE', `${this.description} does not play: ${said.trim().split('\n')[0]}`);
  }

  start(demand: () => void): void {
    this.demand = demand;
    if (!this.isWriting) demand();
  }

  write(block: AudioBlock, numFrames: number): void {
    if (this.isOpen) this.interleaver.write(block, numFrames);
  }

  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    this.isOpen = false;
    this.demand = undefined;
    if (!this.isWriting) closeSync(this.fd);
    const timer = setTimeout(() => this.child.kill('SIGKILL'), this.endMs);
    await this.ended;
    clearTimeout(timer);
  }

  private send(): void {
    const { buffer } = this.interleaver;
    const { bytesPerSample } = this.program;
    for (let i = 0; i < buffer.length; i++)
      this.program.putSample(this.bytes, i * bytesPerSample, buffer[i]!);
    this.put(this.bytes);
  }

  /** One write at a time, on a thread of Node's pool: it waits there while the pipe is full. */
  private put(bytes: Buffer): void {
    this.isWriting = true;
    write(this.fd, bytes, 0, bytes.length, null, (error) => {
      this.isWriting = false;
      if (!this.isOpen) closeSync(this.fd);
      else if (error === null) this.demand?.();
      else this.lose(error.message);
    });
  }

  private lose(why: string, done?: () => void): void {
    this.isOpen = false;
    if (this.said.trim() === '') this.said = why;
    done?.();
  }
}
