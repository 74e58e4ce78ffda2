/** Files whose sound is there at certain times: a take is told of them, a replay keeps to them. */
import type { AudioFileRequest, AudioFileStream, AudioFiles } from '../../nodes/index.js';

/** A read that gave less than was asked for. */
export interface ShortFileRead {
  readonly nodeId: string;
  /** Engine frame of the tick in which this file of the node was read first. */
  readonly startFrame: number;
  readonly frames: number;
  /** As of `AudioFileStream`, after it. */
  readonly isAtEnd: boolean;
}

/** Called within ticks. */
export interface FileTimes {
  /** Of the tick of the moment, in engine frames. */
  frame(): number;
  /** Of a take: the read of this tick was short. */
  tellShort?(read: ShortFileRead): void;
  /** Of a replay: the short read of this tick; undefined where it gave all that it was asked for. */
  shortThen?(nodeId: string, startFrame: number): ShortFileRead | undefined;
}

/** Those of `files`, at these times. What is opened for no node is passed on as it is. */
export class TimedAudioFiles implements AudioFiles {
  constructor(
    private readonly files: AudioFiles,
    private readonly times: FileTimes,
  ) {}

  async open(request: AudioFileRequest): Promise<AudioFileStream> {
    const stream = await this.files.open(request);
    return request.nodeId === undefined ? stream : new TimedFile(request.nodeId, stream, this.times);
  }
}

class TimedFile implements AudioFileStream {
  #startFrame: number | undefined;
  /** Of the last read, where it was short then. */
  #then: ShortFileRead | undefined;

  constructor(
    private readonly nodeId: string,
    private readonly stream: AudioFileStream,
    private readonly times: FileTimes,
  ) {}

  get isAtEnd(): boolean {
    return this.#then?.isAtEnd ?? this.stream.isAtEnd;
  }

  read(out: readonly Float32Array[], numFrames: number): number {
    const { nodeId, times, stream } = this;
    this.#startFrame ??= times.frame();
    this.#then = times.shortThen?.(nodeId, this.#startFrame);
    const wanted = Math.min(numFrames, this.#then?.frames ?? numFrames);
    const frames = wanted > 0 ? stream.read(out, wanted) : 0;
    if (frames < numFrames && times.tellShort !== undefined) {
      times.tellShort({ nodeId, startFrame: this.#startFrame, frames, isAtEnd: stream.isAtEnd });
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
