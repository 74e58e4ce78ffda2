import type {
  AudioInputNews,
  AudioInputRequest,
  AudioInputStream,
  AudioInputs,
  AudioInputTap,
} from '../../../nodes/index.js';

/** An input that is a formula; frames come when the test says so. */
export class FakeAudioInput implements AudioInputStream {
  readonly latencyFrames = 64;
  readonly news: AudioInputNews[] = [];
  tap: AudioInputTap | undefined;
  readonly begins: number[] = [];
  isClosed = false;
  availableFrames = 0;
  /** The oldest frame that is there. */
  frame = 0;

  constructor(
    readonly isInStep = false,
    readonly sound: (frame: number, channel: number) => number = () => 0.5,
    readonly pieceFrames = 128,
  ) {
    if (isInStep) this.availableFrames = Number.POSITIVE_INFINITY;
  }

  begin(startFrame: number): void {
    this.begins.push(startFrame);
    if (this.isInStep) this.frame = startFrame;
  }

  arrive(numFrames: number): void {
    this.availableFrames += numFrames;
  }

  read(out: readonly Float32Array[], numFrames: number): number {
    const count = Math.min(numFrames, this.availableFrames);
    for (let c = 0; c < out.length; c++) {
      for (let i = 0; i < count; i++) out[c]![i] = this.sound(this.frame + i, c);
    }
    this.skip(count);
    return count;
  }

  skip(numFrames: number): void {
    this.frame += numFrames;
    this.availableFrames -= numFrames;
  }

  takeNews(): AudioInputNews | undefined {
    return this.news.shift();
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

export class FakeAudioInputs implements AudioInputs {
  readonly requests: AudioInputRequest[] = [];

  constructor(readonly stream: AudioInputStream) {}

  async listen(request: AudioInputRequest): Promise<AudioInputStream> {
    this.requests.push(request);
    return this.stream;
  }
}
