import type { ActionArgSpec } from '../../../graph/index.js';

export interface CommandSpec {
  readonly description: string;
  readonly args: readonly ActionArgSpec[];
  /** Address of the answer when all is well. */
  readonly answer: string;
  /** `sync`: answered as soon as it is read. `async`: when the engine has done it. */
  readonly timing: 'sync' | 'async';
  /**
   * Who does it: the `listener` that reads the message, for it alone knows the asker; the `audio` thread, at a frame;
   * or the engine's `main` thread, by a handler in src/process/requests.
   */
  readonly doneBy: 'listener' | 'audio' | 'main';
}
