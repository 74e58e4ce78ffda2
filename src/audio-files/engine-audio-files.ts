/** Audio files for the nodes of one engine: each is decoded by a thread of its own. */
import { Worker } from 'node:worker_threads';
import type { AudioFileNews, AudioFileRequest, AudioFileStream, AudioFiles } from '../../nodes/index.js';
import type { DecodeNews, DecodeTask } from './decode-worker.js';
import { AudioFileError } from './errors.js';
import { findFile } from './find-file.js';
import { createRingMemory, RingReader } from './prefetch-ring.js';

/** Sound that is decoded ahead: what a disk may take to wake up. */
const PREFETCH_SECONDS = 2;
/** A decoder that gives nothing for so long has hung. */
const LIMIT_MS = 20_000;
/** What a decoder may take; the greatest need is that of the tables of a hostile Vorbis file. */
const MOST_MEGABYTES = 256;
/** Ready when this much is there, so that the first tick finds it. */
const READY_SECONDS = 0.25;

export class EngineAudioFiles implements AudioFiles {
  /** `folder`: where relative paths count from. */
  constructor(private readonly folder = process.cwd()) {}

  async open({ file, mode, sampleRate, channels, loop }: AudioFileRequest): Promise<AudioFileStream> {
    const ring = createRingMemory(channels, PREFETCH_SECONDS * sampleRate);
    const path = findFile(file, this.folder);
    const worker = startWorker({ path, wish: { channels, sampleRate, loop }, ring });
    const stream = new PrefetchedFile(path, new RingReader(ring), worker, mode === 'offline');
    try {
      await firstAnswer(worker, path);
      await stream.untilReady(Math.round(READY_SECONDS * sampleRate));
      return stream;
    } catch (error) {
      await stream.close();
      throw error;
    }
  }
}

class PrefetchedFile implements AudioFileStream {
  readonly #news: AudioFileNews[] = [];
  #isLost = false;

  constructor(
    private readonly path: string,
    private readonly ring: RingReader,
    private readonly worker: Worker,
    private readonly isPatient: boolean,
  ) {
    worker.on('message', (news: DecodeNews) => {
      if (news.kind === 'fault') this.#news.push(newsOf(path, news.sentence));
      if (news.kind === 'failed') this.#news.push({ code: news.code, message: news.message });
    });
    worker.on('exit', () => this.#lose());
  }

  get isAtEnd(): boolean {
    return this.ring.hasFailed || this.#isLost || (this.ring.isEnded && this.ring.available === 0);
  }

  read(out: readonly Float32Array[], numFrames: number): number {
    if (this.isPatient && !this.#isLost && !this.ring.waitFor(numFrames, LIMIT_MS)) this.#lose();
    return this.ring.read(out, numFrames);
  }

  seek(seconds: number): void {
    this.ring.seek(seconds);
  }

  takeNews(): AudioFileNews | undefined {
    return this.#news.length === 0 ? undefined : this.#news.shift();
  }

  async untilReady(frames: number): Promise<void> {
    const { ring } = this;
    for (let waitedMs = 0; ring.available < frames && !ring.isEnded && !ring.hasFailed; waitedMs += 5) {
      if (waitedMs > LIMIT_MS) throw noAnswer(this.path);
      await new Promise((done) => setTimeout(done, 5));
    }
  }

  async close(): Promise<void> {
    this.#isLost = true;
    this.ring.close();
    await this.worker.terminate();
  }

  #lose(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#news.push({ code: 'AUDIO_FILE_DECODER', message: noAnswer(this.path).message });
  }
}

function startWorker(workerData: DecodeTask): Worker {
  // What decoders print is told in other ways.
  const worker = new Worker(new URL('./decode-worker.js', import.meta.url), {
    workerData,
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEGABYTES },
  });
  worker.stdout.resume();
  worker.stderr.resume();
  worker.unref();
  return worker;
}

/** Of the worker to its task; rejects with what it failed with. */
function firstAnswer(worker: Worker, path: string): Promise<DecodeNews> {
  return new Promise((done, failed) => {
    const limit = setTimeout(() => failed(noAnswer(path)), LIMIT_MS);
    const settle = (then: () => void): void => {
      clearTimeout(limit);
      then();
    };
    worker.once('message', (news: DecodeNews) =>
      settle(() =>
        news.kind === 'failed' ? failed(new AudioFileError(news.code, news.message)) : done(news),
      ),
    );
    worker.once('error', (cause) =>
      settle(() =>
        failed(
          new AudioFileError('AUDIO_FILE_DECODER', `${path}: its decoder failed: ${String(cause)}.`, {
            cause,
          }),
        ),
      ),
    );
    worker.once('exit', () => settle(() => failed(noAnswer(path))));
  });
}

function noAnswer(path: string): AudioFileError {
  return new AudioFileError(
    'AUDIO_FILE_DECODER',
    `${path}: its decoder gave no answer within ${LIMIT_MS / 1000} s.`,
  );
}

function newsOf(path: string, sentence: string): AudioFileNews {
  return { code: 'AUDIO_FILE_FAULT', message: `${path}: ${sentence}.` };
}
