import type { ActionArgSpec } from '../../../graph/index.js';

/** `any` takes a number, a text or T and F. */
export interface CommandArgSpec extends Omit<ActionArgSpec, 'type'> {
  readonly type: ActionArgSpec['type'] | 'any';
}

export interface CommandSpec {
  readonly description: string;
  readonly args: readonly CommandArgSpec[];
  /** Address of the answer when all is well. */
  readonly answer: string;
  /** `sync`: answered as soon as it is read. `async`: when the engine has done it. */
  readonly timing: 'sync' | 'async';
  /**
   * Who does it: the `listener` that reads the message, for it alone knows the asker; the `audio` thread, at a frame;
   * or the engine's `main` thread, by a handler in src/process/requests. `graph`: the main thread too, all edits of a bundle
   * together.
   */
  readonly doneBy: 'listener' | 'audio' | 'main' | 'graph';
}
