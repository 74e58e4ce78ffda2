/** Inputs offline: what was recorded of them, or silence. */
import type {
  AudioFileStream,
  AudioFiles,
  AudioInputNews,
  AudioInputRequest,
  AudioInputStream,
  AudioInputs,
} from '../../nodes/index.js';

/** A file that stands for an input: its frame k is heard at frame k of the engine, where the rates are the same. */
export interface RecordedInput {
  /** Undefined for every node that has none of its own. */
  readonly nodeId: string | undefined;
  /** A path; a relative one counts from the working folder. */
  readonly file: string;
}

export class RecordedAudioInputs implements AudioInputs {
  constructor(
    private readonly files: AudioFiles,
    private readonly recordings: readonly RecordedInput[],
  ) {}

  /** Rejects with a coded error where the file of the node cannot be played. */
  async listen({ nodeId, sampleRate }: AudioInputRequest): Promise<AudioInputStream> {
    const found =
      this.recordings.find((recording) => recording.nodeId === nodeId) ??
      this.recordings.find((recording) => recording.nodeId === undefined);
    if (found === undefined) return new RecordedStream(undefined, sampleRate);
    const wish = { file: found.file, mode: 'offline', sampleRate, channels: 2, loop: undefined } as const;
    return new RecordedStream(await this.files.open(wish), sampleRate);
  }
}

/** Without a file: silence. */
class RecordedStream implements AudioInputStream {
  readonly isInStep = true;
  readonly latencyFrames = 0;
  readonly pieceFrames = 0;
  readonly availableFrames = Number.POSITIVE_INFINITY;
  readonly tap = undefined;
  #wasRead = false;

  constructor(
    private readonly file: AudioFileStream | undefined,
    private readonly sampleRate: number,
  ) {}

  begin(startFrame: number): void {
    if (startFrame > 0 || this.#wasRead) this.file?.seek(startFrame / this.sampleRate);
  }

  read(out: readonly Float32Array[], numFrames: number): number {
    this.#wasRead = true;
    return this.file?.read(out, numFrames) ?? 0;
  }

  skip(): void {
    // Nobody who is in step is too late.
  }

  takeNews(): AudioInputNews | undefined {
    return this.file?.takeNews();
  }

  async close(): Promise<void> {
    await this.file?.close();
  }
}
