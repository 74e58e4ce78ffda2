/** Inputs of the sound card for the nodes of one live engine. Nodes that ask for the same input share one capture. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type {
  AudioInputNews,
  AudioInputRequest,
  AudioInputStream,
  AudioInputs,
  AudioInputTap,
} from '../../nodes/index.js';
import type { CaptureWish } from './capture-program.js';
import { createInputRing, InputRingReader } from './input-ring.js';
import { CLOSE, type InputNews, type InputTask } from './worker-protocol.js';

/** Readers are never so far behind, but where the engine was held up. */
const RING_SECONDS = 1;
/** Frames that come at once, where the device can. */
const PIECE_FRAMES = 128;
/** The two periods that a driver keeps. */
const DEVICE_PIECES = 2;
/** A thread that hangs must not keep the engine. */
const CLOSE_LIMIT_MS = 1000;

export class LiveAudioInputs implements AudioInputs {
  readonly #captures = new Map<string, Capture>();

  /** `tell`: that an input is heard, for a person. `openTap`: what sees what the node makes of it, for a take. */
  constructor(
    private readonly tell: (message: string) => void,
    private readonly openTap: (nodeId: string) => AudioInputTap | undefined = () => undefined,
  ) {}

  async listen(request: AudioInputRequest): Promise<AudioInputStream> {
    const { nodeId, device, channels, firstChannel, sampleRate } = request;
    const wish: CaptureWish = { device, channels, firstChannel, sampleRate, pieceFrames: PIECE_FRAMES };
    const key = JSON.stringify(wish);
    let capture = this.#captures.get(key);
    if (capture === undefined || capture.isOver) {
      capture = new Capture(wish, this.tell);
      this.#captures.set(key, capture);
    }
    const heard = new CapturedInput(capture, this.openTap(nodeId));
    const started = capture;
    heard.onClose = async () => {
      if (!started.leave(heard)) return;
      if (this.#captures.get(key) === started) this.#captures.delete(key);
      await started.close();
    };
    return heard;
  }
}

/** One thread, one ring, and whoever reads it. */
class Capture {
  readonly ring: SharedArrayBuffer;
  readonly #readers = new Set<CapturedInput>();
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  /** The trouble of the moment, also for who comes later. */
  #trouble: AudioInputNews | undefined;
  #isClosed = false;

  constructor(wish: CaptureWish, tell: (message: string) => void) {
    this.ring = createInputRing(RING_SECONDS * wish.sampleRate);
    const workerData: InputTask = { wish, ring: this.ring };
    this.#worker = new Worker(new URL('./input-worker.js', import.meta.url), {
      name: 'audio input',
      workerData,
      stdout: true,
      stderr: true,
    });
    this.#worker.stdout.resume();
    this.#worker.stderr.resume();
    this.#worker.unref();
    this.#worker.on('message', ({ code, message }: InputNews) => {
      if (code === undefined) {
        this.#trouble = undefined;
        tell(message);
      } else {
        this.#hear({ code, message });
      }
    });
    this.#worker.on('error', (error) => this.#fail(String(error)));
    this.#exited = new Promise((resolve) => this.#worker.once('exit', () => resolve()));
    void this.#exited.then(() => this.#fail('its thread has ended'));
  }

  /** It hears nothing any more. */
  get isOver(): boolean {
    return this.#isClosed;
  }

  join(reader: CapturedInput): void {
    this.#readers.add(reader);
    if (this.#trouble !== undefined) reader.hear(this.#trouble);
  }

  /** Whether that was the last one. */
  leave(reader: CapturedInput): boolean {
    return this.#readers.delete(reader) && this.#readers.size === 0;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#worker.postMessage(CLOSE);
    await Promise.race([this.#exited, sleep(CLOSE_LIMIT_MS, undefined, { ref: false })]);
    await this.#worker.terminate();
  }

  #fail(why: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const message = `Nothing is heard until the patch is loaded again: ${why}.`;
    this.#hear({ code: 'AUDIO_INPUT_LOST', message });
  }

  #hear(news: AudioInputNews): void {
    this.#trouble = news;
    for (const reader of this.#readers) reader.hear(news);
  }
}

class CapturedInput implements AudioInputStream {
  readonly isInStep = false;
  readonly latencyFrames = DEVICE_PIECES * PIECE_FRAMES;
  readonly pieceFrames = PIECE_FRAMES;
  onClose: () => Promise<void> = async () => undefined;
  readonly #reader: InputRingReader;
  readonly #news: AudioInputNews[] = [];

  constructor(
    capture: Capture,
    readonly tap: AudioInputTap | undefined,
  ) {
    this.#reader = new InputRingReader(capture.ring);
    capture.join(this);
  }

  get availableFrames(): number {
    return this.#reader.availableFrames;
  }

  begin(): void {
    // Whatever has come until now is left out by who reads.
  }

  read(out: readonly Float32Array[], numFrames: number): number {
    return this.#reader.read(out, numFrames);
  }

  skip(numFrames: number): void {
    this.#reader.skip(numFrames);
  }

  /** Between ticks. */
  hear(news: AudioInputNews): void {
    this.#news.push(news);
  }

  takeNews(): AudioInputNews | undefined {
    return this.#news.length === 0 ? undefined : this.#news.shift();
  }

  close(): Promise<void> {
    return this.onClose();
  }
}
