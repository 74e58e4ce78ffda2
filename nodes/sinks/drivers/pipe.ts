/** Sound through a program's standard input: needs nothing built, only that one of the programs is installed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { SinkDevice, SinkDriver, SinkFormat, SinkStream } from '../driver.js';
import { SinkError } from '../errors.js';
import { Interleaver } from '../interleaver.js';
import { PIPE_PROGRAMS, type PipeProgram } from './pipe-programs.js';

/** Time for a program to say that it cannot play. */
const START_MS = 300;
/** Time for a program to play what it has when the stream ends. */
const END_MS = 1000;

/** One driver per program, in order of preference. */
export function pipeDrivers(programs: readonly PipeProgram[] = PIPE_PROGRAMS): readonly SinkDriver[] {
  return programs.map((program) => ({
    name: program.name,
    probe: async () =>
      findOnPath(program.name) === undefined
        ? {
            available: false,
            reason: `${program.name} is not on the PATH`,
            remedy: `Install it: ${program.install}.`,
          }
        : program.probe(),
    devices: async (): Promise<readonly SinkDevice[]> =>
      findOnPath(program.name) === undefined ? [] : program.devices(),
    open: (format: SinkFormat, device?: string) => openPipe(program, format, device),
  }));
}

function findOnPath(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here; perhaps in the next folder.
    }
  }
  return undefined;
}

async function openPipe(program: PipeProgram, format: SinkFormat, device?: string): Promise<SinkStream> {
  const child = spawn(program.name, program.args(format, device), { stdio: ['pipe', 'ignore', 'pipe'] });
  const stream = new PipeStream(child, program, format, device);
  await stream.settled(START_MS);
  return stream;
}

/**
 * The clock is the program's appetite: a block is demanded whenever the one before has left this process.
 * What waits in between is the pipe of the operating system, so the latency is longer than a driver's own.
 */
class PipeStream implements SinkStream {
  readonly latencyFrames: number;
  readonly description: string;
  private readonly interleaver: Interleaver;
  private readonly spare: Buffer[];
  private turn = 0;
  private underruns = 0;
  private isOpen = true;
  private said = '';
  private demand: (() => void) | undefined;

  constructor(
    private readonly child: ChildProcess,
    private readonly program: PipeProgram,
    format: SinkFormat,
    device: string | undefined,
  ) {
    const { channels, blockFrames } = format;
    const blockBytes = channels * blockFrames * 4;
    this.latencyFrames = Math.round(program.pipeBytes / (4 * channels)) + program.deviceBlocks * blockFrames;
    this.description = `${program.name}: ${device ?? 'default device'}`;
    // Node keeps a reference to what it is writing: two buffers in turn.
    this.spare = [Buffer.alloc(blockBytes), Buffer.alloc(blockBytes)];
    this.interleaver = new Interleaver(channels, blockFrames, () => this.send());
    const header = program.header?.(format);
    if (header !== undefined) child.stdin?.write(header);
    child.stdin?.on('error', () => this.lose());
    child.on('error', (error) => this.lose(error.message));
    child.on('exit', (code, signal) => this.lose(`it ended (${signal ?? code})`));
    child.stderr?.setEncoding('utf8');
    child.stderr?.on('data', (text: string) => {
      this.said = (this.said + text).slice(-2000);
      this.underruns += text.split(program.underrun).length - 1;
    });
  }

  get xruns(): number {
    return this.underruns;
  }

  /** Rejects when the program ends within `ms`: it has not found its device, or cannot take the format. */
  async settled(ms: number): Promise<void> {
    if (this.isOpen) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.child.once('exit', () => setTimeout(done, 10));
        this.child.once('error', done);
        function done(): void {
          clearTimeout(timer);
          resolve();
        }
      });
    }
    if (this.isOpen) return;
    const said = this.said.trim().split('\n').at(-1) ?? '';
    throw new SinkError(
      'SINK_DEVICE',
      `${this.description} does not play: ${said === '' ? 'it ended' : said}`,
    );
  }

  start(demand: () => void): void {
    this.demand = demand;
    this.next();
  }

  write(block: Parameters<SinkStream['write']>[0], numFrames: number): void {
    this.interleaver.write(block, numFrames);
  }

  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.demand = undefined;
    const { child } = this;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.stdin?.end();
    const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
    await ended;
    clearTimeout(timer);
  }

  private next(): void {
    if (this.isOpen) this.demand?.();
  }

  private send(): void {
    const bytes = this.spare[this.turn]!;
    this.turn = 1 - this.turn;
    this.program.encode(this.interleaver.buffer, bytes);
    this.child.stdin?.write(bytes, (error) => {
      if (error === undefined || error === null) setImmediate(() => this.next());
    });
  }

  /** The program is gone: the clock stops, and whoever watches the demands sees it. */
  private lose(why = ''): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    if (why !== '' && this.said === '') this.said = why;
  }
}
