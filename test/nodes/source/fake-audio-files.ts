import type { AudioFileNews, AudioFileRequest, AudioFileStream, AudioFiles } from '../../../nodes/index.js';

/** A file that is a formula, `frames` long, and a decoder that is late when told to. */
export class FakeAudioFile implements AudioFileStream {
  readonly seeks: number[] = [];
  readonly news: AudioFileNews[] = [];
  isClosed = false;
  /** Frames that may still be read. */
  supply = Number.POSITIVE_INFINITY;
  frame = 0;

  constructor(
    readonly frames = Number.POSITIVE_INFINITY,
    readonly sampleRate = 48_000,
    readonly sound: (frame: number) => number = () => 0.5,
  ) {}

  get isAtEnd(): boolean {
    return this.frame >= this.frames;
  }

  read(out: readonly Float32Array[], numFrames: number): number {
    const count = Math.max(0, Math.min(numFrames, this.frames - this.frame, this.supply));
    for (let i = 0; i < count; i++) for (const channel of out) channel[i] = this.sound(this.frame + i);
    this.frame += count;
    this.supply -= count;
    return count;
  }

  seek(seconds: number): void {
    this.seeks.push(seconds);
    this.frame = Math.round(seconds * this.sampleRate);
  }

  takeNews(): AudioFileNews | undefined {
    return this.news.shift();
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

export class FakeAudioFiles implements AudioFiles {
  readonly requests: AudioFileRequest[] = [];

  constructor(readonly stream: AudioFileStream) {}

  async open(request: AudioFileRequest): Promise<AudioFileStream> {
    this.requests.push(request);
    return this.stream;
  }
}
