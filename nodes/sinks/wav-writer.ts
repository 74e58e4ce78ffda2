/** A WAVE file that grows while it plays, and is playable at every moment. */
import { closeSync, fstatSync, ftruncateSync, openSync, unlinkSync, writeSync } from 'node:fs';
import type { AudioBlock } from '../../graph/index.js';
import { SinkError } from './errors.js';
import { FileTail } from './file-tail.js';
import { createEncoder, type SampleEncoder } from './sample-format.js';
import { type WavFormat, type WavInfo, wavHeader } from './wav-header.js';

export interface WavWriterOptions {
  readonly path: string;
  readonly info: WavInfo;
  /** uint32, of the dither of 16-bit files. */
  readonly seed: number;
  /** `live`: `write` never waits for the disk and drops blocks when the disk is too slow. `offline`: it writes at once. */
  readonly mode: 'live' | 'offline';
}

/** The header is brought up to date about once per second of sound. */
const HEADER_SECONDS = 1;

export class WavWriter {
  private tail: FileTail | undefined;
  private encoder: SampleEncoder | undefined;
  private format: WavFormat | undefined;
  private framesWritten = 0;
  private framesDropped = 0;
  private headerDue = 0;
  private closing: Promise<void> | undefined;

  private constructor(
    private readonly options: WavWriterOptions,
    private readonly fd: number,
    private readonly isNew: boolean,
  ) {}

  /** Opens the file without changing it: an old one is overwritten only when sound comes. Throws SINK_PATH. Off the audio path. */
  static open(options: WavWriterOptions): WavWriter {
    const { fd, isNew } = openForWriting(options.path);
    return new WavWriter(options, fd, isNew);
  }

  /** Frames in the file, those still on their way included. */
  get frames(): number {
    return this.framesWritten;
  }

  /** Frames left out because the disk was too slow: 0 offline. */
  get droppedFrames(): number {
    return this.framesDropped;
  }

  /** What the disk said, once writing has failed. */
  get failure(): Error | undefined {
    return this.tail?.failure;
  }

  /** Writes the header and makes room for samples. Once, before the first `write`; allocates. */
  begin(format: WavFormat): void {
    const header = wavHeader(format, this.options.info, 0);
    try {
      ftruncateSync(this.fd, 0);
      writeSync(this.fd, header, 0, header.length, 0);
    } catch (cause) {
      throw pathError(this.options.path, cause);
    }
    this.format = format;
    this.encoder = createEncoder(format.sampleFormat, this.options.seed);
    const frameBytes = this.encoder.bytesPerSample * format.channels;
    this.tail = new FileTail(this.fd, header.length, frameBytes, this.options.mode);
    this.headerDue = format.sampleRate * HEADER_SECONDS;
  }

  /** Encodes and appends. Live: allocation-free and without waiting. Channels that the block lacks are silent. */
  write(block: AudioBlock, numFrames: number): void {
    const { tail, encoder, format } = this;
    if (tail === undefined || encoder === undefined || format === undefined) return;
    const { bytesPerSample } = encoder;
    for (let i = 0; i < numFrames; i++) {
      const offset = tail.reserve();
      if (offset < 0) {
        this.framesDropped += numFrames - i;
        return;
      }
      for (let c = 0; c < format.channels; c++) {
        const channel = block.channels[c];
        encoder.write(tail.view, offset + c * bytesPerSample, channel === undefined ? 0 : channel[i]!);
      }
      this.framesWritten++;
    }
    if (this.framesWritten < this.headerDue) return;
    this.headerDue = this.framesWritten + format.sampleRate * HEADER_SECONDS;
    tail.flush((dataBytes) => wavHeader(format, this.options.info, dataBytes));
  }

  /** Writes what is left and the final header. A file that never got sound is not left behind. Rejects with SINK_WRITE. */
  close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private async finish(): Promise<void> {
    const { tail, format } = this;
    try {
      if (tail === undefined || format === undefined) return;
      await tail.finish((dataBytes) => wavHeader(format, this.options.info, dataBytes));
      if (tail.failure !== undefined) {
        throw new SinkError('SINK_WRITE', `${this.options.path}: ${tail.failure.message}`, {
          cause: tail.failure,
        });
      }
    } finally {
      closeSync(this.fd);
      if (this.framesWritten === 0 && this.isNew) unlinkSync(this.options.path);
    }
  }
}

function openForWriting(path: string): { fd: number; isNew: boolean } {
  try {
    return { fd: openSync(path, 'wx'), isNew: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw pathError(path, error);
  }
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r+');
    if (!fstatSync(fd).isFile()) throw new Error('it is no regular file');
    return { fd, isNew: false };
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    throw pathError(path, error);
  }
}

function pathError(path: string, cause: unknown): SinkError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SinkError('SINK_PATH', `cannot write "${path}": ${reason}`, { cause });
}
