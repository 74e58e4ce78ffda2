/** What passes between the audio worker and a thread that captures. Plain data. */
import type { CaptureWish } from './capture-program.js';
import type { AudioInputCode } from './errors.js';

export interface InputTask {
  readonly wish: CaptureWish;
  readonly ring: SharedArrayBuffer;
}

export interface InputNews {
  /** Without one: that it is heard. */
  readonly code?: AudioInputCode;
  readonly message: string;
}

/** Sent to it: that it shall end. */
export const CLOSE = 'close';
