import type { Lapse } from '../../models/index.js';
import type { FileTimes, ShortFileRead } from '../audio-files/index.js';

/**
 * Of a replay: what took its time live takes effect at the frame at which it did then. Services do their work at once and
 * hold the answer back; whoever replays releases it. On the engine's thread.
 */
export class ReplayGate implements FileTimes {
  /** Answers that are held, by the number of the action that waits for them. */
  readonly #held = new Map<number, () => void>();
  readonly #released = new Set<number>();
  /** How a file, by its number, was read short in the tick of the moment: whoever replays says so. */
  shortThen: (file: number) => ShortFileRead | undefined = () => undefined;
  /** All lapses of a stream, by its number, that begins to be read in the tick of the moment: whoever replays says so. */
  lapses: (stream: number) => readonly Lapse[] = () => [];
  /** The number of the action that is being called, if one is: whoever replays says so. */
  action: () => number | undefined = () => undefined;

  /**
   * `work` is done at once; what it returned or threw is told when the action of the moment is released. Outside of actions,
   * as while a patch is prepared, it is told at once.
   */
  hold<T>(work: () => T): Promise<T> {
    const number = this.action();
    if (number === undefined || this.#released.has(number)) return attempt(work);
    const outcome = attempt(work);
    // It may be held for long, and nobody has looked at it yet.
    outcome.catch(() => undefined);
    return new Promise((done) => this.#held.set(number, () => done(outcome)));
  }

  /** That action was done now. */
  release(number: number): void {
    this.#released.add(number);
    this.#held.get(number)?.();
    this.#held.delete(number);
  }

  /** The end: what was never done is let go. */
  releaseAll(): void {
    for (const number of [...this.#held.keys()]) this.release(number);
  }
}

async function attempt<T>(work: () => T): Promise<T> {
  return work();
}
