/** The thread that decodes one file: into a ring while it plays, or a stretch of it at once. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { AudioReader } from './audio-reader.js';
import { AudioFileError, type AudioFileErrorCode } from './errors.js';
import { describeLength, FileSound, type SoundWish } from './file-sound.js';
import { openAudioFile } from './open.js';
import { type RingMemory, RingWriter } from './prefetch-ring.js';

export type DecodeTask =
  | { readonly kind: 'play'; readonly path: string; readonly wish: SoundWish; readonly ring: RingMemory }
  | {
      readonly kind: 'load';
      readonly path: string;
      readonly sampleRate: number;
      readonly startSeconds: number;
      /** Undefined for the end of the file. */
      readonly endSeconds: number | undefined;
      readonly mostSeconds: number;
    };

export type DecodeNews =
  | { readonly kind: 'opened'; readonly description: string; readonly seconds: number | undefined }
  | { readonly kind: 'loaded'; readonly samples: Float32Array; readonly faults: readonly string[] }
  | { readonly kind: 'fault'; readonly sentence: string }
  | { readonly kind: 'failed'; readonly code: AudioFileErrorCode; readonly message: string };

const CHUNK_FRAMES = 2048;

const main = parentPort as MessagePort;
const task = workerData as DecodeTask;
const post = (news: DecodeNews, transfer: ArrayBuffer[] = []): void => main.postMessage(news, transfer);

try {
  const reader = await openAudioFile(task.path);
  if (task.kind === 'play') await play(reader, task);
  else await load(reader, task);
  reader.close();
} catch (error) {
  const code = error instanceof AudioFileError ? error.code : 'AUDIO_FILE_DECODER';
  post({ kind: 'failed', code, message: error instanceof Error ? error.message : String(error) });
}

async function play(reader: AudioReader, { wish, ring }: DecodeTask & { kind: 'play' }): Promise<void> {
  const { description, frames, sampleRate } = reader.format;
  const sound = new FileSound(reader, wish);
  const writer = new RingWriter(ring);
  const tellFaults = faultTeller(reader);
  post({ kind: 'opened', description, seconds: frames === undefined ? undefined : frames / sampleRate });
  try {
    await fillRing(sound, writer, ring.channels, tellFaults);
  } catch (error) {
    writer.fail();
    throw error;
  }
}

async function fillRing(
  sound: FileSound,
  writer: RingWriter,
  channels: number,
  tellFaults: () => void,
): Promise<void> {
  const chunk = Array.from({ length: channels }, () => new Float32Array(CHUNK_FRAMES));
  for (let isEnded = false; !writer.isOver; ) {
    const { moves } = writer;
    const seek = writer.takeSeek();
    if (seek !== undefined) {
      await sound.seek(seek.seconds);
      writer.begin(seek.generation);
      isEnded = false;
      continue;
    }
    const room = Math.min(CHUNK_FRAMES, writer.room);
    if (isEnded || room < CHUNK_FRAMES) {
      writer.sleep(moves);
      continue;
    }
    const count = await sound.read(chunk, 0, room);
    if (count > 0) writer.write(chunk, count);
    tellFaults();
    if (count === room) continue;
    writer.end();
    isEnded = true;
  }
}

async function load(reader: AudioReader, wanted: DecodeTask & { kind: 'load' }): Promise<void> {
  const { sampleRate, startSeconds, endSeconds, mostSeconds } = wanted;
  const sound = new FileSound(reader, { channels: 1, sampleRate, loop: undefined });
  await sound.seek(startSeconds);
  const length = Math.min(mostSeconds, (endSeconds ?? Number.POSITIVE_INFINITY) - startSeconds);
  const wantedFrames = Math.round(length * sampleRate);
  // Grows with what is really there.
  const pieces: Float32Array[] = [];
  let frames = 0;
  while (frames < wantedFrames) {
    const piece = new Float32Array(Math.min(CHUNK_FRAMES * 8, wantedFrames - frames));
    const count = await sound.read([piece], 0, piece.length);
    if (count === 0) break;
    pieces.push(piece.subarray(0, count));
    frames += count;
  }
  if (frames === 0) {
    throw new AudioFileError(
      'AUDIO_FILE_RANGE',
      `${wanted.path}: there is no sound from ${startSeconds} s on: the file has ${describeLength(reader)}.`,
    );
  }
  const samples = new Float32Array(frames);
  let at = 0;
  for (const piece of pieces) {
    samples.set(piece, at);
    at += piece.length;
  }
  post({ kind: 'loaded', samples, faults: reader.faults.list }, [samples.buffer]);
}

/** Tells each fault once. */
function faultTeller({ faults }: AudioReader): () => void {
  let told = 0;
  return () => {
    while (told < faults.list.length) post({ kind: 'fault', sentence: faults.list[told++]! });
  };
}
