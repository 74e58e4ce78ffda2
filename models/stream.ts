import type { Sampling } from './stepper.js';

/**
 * One voice as the graph sees it: a source of frames at the model's rate.
 * Live, the voice steps on a thread of its own and fills a single-producer
 * single-consumer ring (`threaded`); offline, `read` steps the voice itself (`inline`),
 * so the same seed and control give the same samples at any block size.
 * All methods but `close` are called on the audio path: none allocates, blocks or throws.
 */
export interface ModelStream {
  readonly mode: 'inline' | 'threaded';
  /** Hz, of the model. */
  readonly sampleRate: number;
  /** Model frames between a control change and the first frame that can show it; 0 inline. */
  readonly lookAheadFrames: number;
  /** Frames waiting in the ring. Equals `lookAheadFrames` inline. */
  readonly availableFrames: number;
  /** Share of real time that stepping takes, smoothed; 0 inline. */
  readonly load: number;
  /** Fills `out[0..n)` and returns n <= numFrames: fewer when the ring ran dry. */
  read(out: Float32Array, numFrames: number): number;
  /** Applies to frames not yet stepped. */
  setSampling(sampling: Sampling): void;
  /** A new stream from the start token: what is in the ring is dropped. */
  reset(seed: number): void;
  /** Stops the thread and frees the voice. Off the audio path. */
  close(): Promise<void>;
}
