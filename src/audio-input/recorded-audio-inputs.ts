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
  /**
   * Of a take: the file begins at this engine frame, and is heard by that node where it begins then. Of several of one node and
   * one frame each is heard by one, in the order in which they begin. Left out: it begins at frame 0 and goes on wherever the
   * node comes in.
   */
  readonly firstFrame?: number;
  /** A path; a relative one counts from the working folder. */
  readonly file: string;
}

export class RecordedAudioInputs implements AudioInputs {
  /** Who hears which recording of a take. */
  private readonly hearers = new Map<RecordedInput, AudioInputStream>();

  constructor(
    private readonly files: AudioFiles,
    private readonly recordings: readonly RecordedInput[],
  ) {}

  /** Rejects with a coded error where the file of the node cannot be played. */
  async listen({ nodeId, sampleRate }: AudioInputRequest): Promise<AudioInputStream> {
    const own = this.recordings.filter((recording) => recording.nodeId === nodeId);
    const heard =
      own.length > 0 ? own : this.recordings.filter((recording) => recording.nodeId === undefined);
    const opened: OpenRecording[] = [];
    try {
      for (const recording of heard) {
        const wish = {
          file: recording.file,
          mode: 'offline',
          sampleRate,
          channels: 2,
          loop: undefined,
        } as const;
        opened.push({ recording, file: await this.files.open(wish) });
      }
    } catch (error) {
      await Promise.all(opened.map(({ file }) => file.close()));
      throw error;
    }
    return new RecordedStream(opened, this.hearers, sampleRate);
  }
}

interface OpenRecording {
  readonly recording: RecordedInput;
  readonly file: AudioFileStream;
}

/** Without a file: silence. */
class RecordedStream implements AudioInputStream {
  readonly isInStep = true;
  readonly latencyFrames = 0;
  readonly pieceFrames = 0;
  readonly availableFrames = Number.POSITIVE_INFINITY;
  readonly tap = undefined;
  #heard: AudioFileStream | undefined;
  #wasRead = false;

  constructor(
    private readonly recordings: readonly OpenRecording[],
    private readonly hearers: Map<RecordedInput, AudioInputStream>,
    private readonly sampleRate: number,
  ) {}

  begin(startFrame: number): void {
    const { recordings, hearers, sampleRate } = this;
    const found = recordings.find(
      ({ recording }) =>
        recording.firstFrame === undefined ||
        (recording.firstFrame === startFrame && (hearers.get(recording) ?? this) === this),
    );
    if (found?.recording.firstFrame !== undefined) hearers.set(found.recording, this);
    this.#heard = found?.file;
    const position = startFrame - (found?.recording.firstFrame ?? 0);
    if (position > 0 || this.#wasRead) this.#heard?.seek(position / sampleRate);
  }

  read(out: readonly Float32Array[], numFrames: number): number {
    this.#wasRead = true;
    return this.#heard?.read(out, numFrames) ?? 0;
  }

  skip(): void {
    // Nobody who is in step is too late.
  }

  takeNews(): AudioInputNews | undefined {
    return this.#heard?.takeNews();
  }

  async close(): Promise<void> {
    await Promise.all(this.recordings.map(({ file }) => file.close()));
  }
}
