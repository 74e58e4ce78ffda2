/** Holds a replay against the sound that was kept. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AudioBlock } from '../../graph/index.js';
import { type AudioReader, openAudioFile } from '../audio-files/index.js';
import { TakeError } from './errors.js';
import { audioFile } from './format.js';

export interface Difference {
  readonly frame: number;
  /** From 0. */
  readonly channel: number;
  readonly recorded: number;
  readonly replayed: number;
}

const PIECE_FRAMES = 8192;

export class Comparison {
  private readonly recorded: readonly Float32Array[];
  /** Frames that were compared. */
  frames = 0;
  /** The first that there is. */
  difference: Difference | undefined;
  private isOver = false;

  private constructor(private readonly reader: AudioReader) {
    const { channels } = reader.format;
    this.recorded = Array.from({ length: channels }, () => new Float32Array(PIECE_FRAMES));
  }

  /** Of the audio of a take. Rejects with a coded error. */
  static async open(folder: string): Promise<Comparison> {
    const path = join(folder, audioFile);
    if (!existsSync(path)) throw new TakeError('TAKE_FILE', `${path} is not there: nothing to compare with.`);
    return new Comparison(await openAudioFile(path));
  }

  /** The next frames of the replay. Sound that was cut off ends the comparison. */
  add({ channels }: AudioBlock, numFrames: number): void {
    if (this.isOver) return;
    const got = this.reader.read(this.recorded, 0, numFrames);
    this.isOver = got < numFrames;
    for (let i = 0; i < got && this.difference === undefined; i++) {
      for (const [channel, samples] of this.recorded.entries()) {
        const recorded = samples[i]!;
        const replayed = channels[channel]?.[i] ?? 0;
        if (recorded === replayed) continue;
        this.difference ??= { frame: this.frames + i, channel, recorded, replayed };
      }
    }
    this.frames += got;
  }

  close(): void {
    this.reader.close();
  }
}
