/** Files whose sound is there at certain times: a take is told of them, a replay keeps to them. */
import type { AudioFileRequest, AudioFileStream, AudioFiles } from '../../nodes/index.js';

/** A read that gave less than was asked for. */
export interface ShortFileRead {
  readonly nodeId: string;
  /** Which file: counted from 1, over all nodes, in the order in which they were read first. */
  readonly file: number;
  readonly frames: number;
  /** As of `AudioFileStream`, after it. */
  readonly isAtEnd: boolean;
}

/** Called within ticks. */
export interface FileTimes {
  /** Of a take: the read of this tick was short. */
  tellShort?(read: ShortFileRead): void;
  /** Of a replay: the short read of this tick; undefined where it gave all that it was asked for. */
  shortThen?(file: number): ShortFileRead | undefined;
}

/** Those of `files`, at these times. What is opened for no node is passed on as it is. */
export class TimedAudioFiles implements AudioFiles {
  #lastFile = 0;

  constructor(
    private readonly files: AudioFiles,
    private readonly times: FileTimes,
  ) {}

  async open(request: AudioFileRequest): Promise<AudioFileStream> {
    const stream = await this.files.open(request);
    if (request.nodeId === undefined) return stream;
    return new TimedFile(request.nodeId, stream, this.times, () => ++this.#lastFile);
  }
}

class TimedFile implements AudioFileStream {
  #file = 0;
  /** Of the last read, where it was short then. */
  #then: ShortFileRead | undefined;

  constructor(
    private readonly nodeId: string,
    private readonly stream: AudioFileStream,
    private readonly times: FileTimes,
    private readonly nextFile: () => number,
  ) {}

  get isAtEnd(): boolean {
    return this.#then?.isAtEnd ?? this.stream.isAtEnd;
  }

  read(out: readonly Float32Array[], numFrames: number): number {
    const { nodeId, times, stream } = this;
    if (this.#file === 0) this.#file = this.nextFile();
    this.#then = times.shortThen?.(this.#file);
    const wanted = Math.min(numFrames, this.#then?.frames ?? numFrames);
    const frames = wanted > 0 ? stream.read(out, wanted) : 0;
    if (frames < numFrames && times.tellShort !== undefined) {
      times.tellShort({ nodeId, file: this.#file, frames, isAtEnd: stream.isAtEnd });
    }
    return frames;
  }

  seek(seconds: number): void {
    this.#then = undefined;
    this.stream.seek(seconds);
  }

  takeNews(): ReturnType<AudioFileStream['takeNews']> {
    return this.stream.takeNews();
  }

  close(): Promise<void> {
    return this.stream.close();
  }
}
