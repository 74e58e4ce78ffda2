/** The thread that decodes one file into a ring while it plays. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { AudioReader } from './audio-reader.js';
import { AudioFileError, type AudioFileErrorCode } from './errors.js';
import { FileSound, type SoundWish } from './file-sound.js';
import { openAudioFile } from './open.js';
import { type RingMemory, RingWriter } from './prefetch-ring.js';

export interface DecodeTask {
  readonly path: string;
  readonly wish: SoundWish;
  readonly ring: RingMemory;
}

export type DecodeNews =
  | { readonly kind: 'opened'; readonly description: string; readonly seconds: number | undefined }
  | { readonly kind: 'fault'; readonly sentence: string }
  | { readonly kind: 'failed'; readonly code: AudioFileErrorCode; readonly message: string };

const CHUNK_FRAMES = 2048;

const main = parentPort as MessagePort;
const task = workerData as DecodeTask;
const post = (news: DecodeNews): void => main.postMessage(news);

try {
  const reader = await openAudioFile(task.path);
  await play(reader, task);
  reader.close();
} catch (error) {
  const code = error instanceof AudioFileError ? error.code : 'AUDIO_FILE_DECODER';
  post({ kind: 'failed', code, message: error instanceof Error ? error.message : String(error) });
}

async function play(reader: AudioReader, { wish, ring }: DecodeTask): Promise<void> {
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

/** Tells each fault once. */
function faultTeller({ faults }: AudioReader): () => void {
  let told = 0;
  return () => {
    while (told < faults.list.length) post({ kind: 'fault', sentence: faults.list[told++]! });
  };
}
