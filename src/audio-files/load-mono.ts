import type { AudioReader } from './audio-reader.js';
import { AudioFileError } from './errors.js';
import { describeLength, FileSound } from './file-sound.js';
import { openAudioFile } from './open.js';

const PIECE_FRAMES = 1 << 14;

export interface LoadedSound {
  readonly samples: Float32Array;
  /** What was wrong with the file, as sentences. */
  readonly faults: readonly string[];
}

/** What is wanted of a file. */
export interface Stretch {
  readonly startSeconds: number;
  /** Undefined for the end of the file. */
  readonly endSeconds: number | undefined;
  readonly mostSeconds: number;
}

/**
 * The mean of the channels between two seconds, at `sampleRate`; as much as is there. Waits: for threads that may. Rejects
 * with a coded error, also where nothing is there.
 */
export async function loadMono(path: string, sampleRate: number, stretch: Stretch): Promise<LoadedSound> {
  const reader = await openAudioFile(path);
  try {
    const loaded = await readMono(reader, sampleRate, stretch);
    if (loaded.samples.length > 0) return loaded;
    const range = `${stretch.startSeconds} to ${stretch.endSeconds ?? 'the end'} s`;
    throw new AudioFileError(
      'AUDIO_FILE_RANGE',
      `${path}: there is no sound from ${range}: the file has ${describeLength(reader)}.`,
    );
  } finally {
    reader.close();
  }
}

/** The same of a reader, also where nothing is there. */
export async function readMono(
  reader: AudioReader,
  sampleRate: number,
  { startSeconds, endSeconds, mostSeconds }: Stretch,
): Promise<LoadedSound> {
  const sound = new FileSound(reader, { channels: 1, sampleRate, loop: undefined });
  await sound.seek(startSeconds);
  const seconds = Math.min(mostSeconds, (endSeconds ?? Number.POSITIVE_INFINITY) - startSeconds);
  const samples = await readAll(sound, Math.max(0, Math.round(seconds * sampleRate)));
  return { samples, faults: reader.faults.list };
}

/** Grows with what is really there. */
async function readAll(sound: FileSound, mostFrames: number): Promise<Float32Array> {
  const pieces: Float32Array[] = [];
  let frames = 0;
  while (frames < mostFrames) {
    const piece = new Float32Array(Math.min(PIECE_FRAMES, mostFrames - frames));
    const count = await sound.read([piece], 0, piece.length);
    if (count === 0) break;
    pieces.push(piece.subarray(0, count));
    frames += count;
  }
  const samples = new Float32Array(frames);
  let at = 0;
  for (const piece of pieces) {
    samples.set(piece, at);
    at += piece.length;
  }
  return samples;
}
