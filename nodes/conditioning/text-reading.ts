import type { NodeContext } from '../../graph/index.js';
import { NodeError } from '../errors.js';
import type { ReadText, TextReader, TextRequest } from '../services.js';

/** Texts of one node that are being read at once. */
const MOST_AT_ONCE = 8;

/**
 * Has texts read, and tells what cannot be said of them. Live what becomes of one comes between two later ticks, in the order in
 * which they were sent; offline at once. Called on the audio path, where it only hands over.
 */
export class TextReading {
  readonly #reader: TextReader;
  readonly #ctx: Pick<NodeContext, 'seed' | 'warn'>;
  #numReading = 0;
  #numRead = 0;
  /** What was sent before the last `forget` comes to nothing. */
  #era = 0;

  constructor(reader: TextReader, ctx: Pick<NodeContext, 'seed' | 'warn'>) {
    this.#reader = reader;
    this.#ctx = ctx;
  }

  /** What is being read shall not be said any more. */
  forget(): void {
    this.#era++;
  }

  /** `take` is given what can be said and returns the answer. Throws or rejects with a coded error when there is nothing. */
  read(
    way: TextRequest['way'],
    text: string,
    take: (read: ReadText) => number,
  ): undefined | number | Promise<undefined | number> {
    if (this.#numReading >= MOST_AT_ONCE) {
      throw new NodeError('NODE_TEXT_BUSY', `${MOST_AT_ONCE} texts are being read already`);
    }
    const era = this.#era;
    const finish = (read: ReadText): undefined | number => {
      if (era !== this.#era) return undefined;
      this.tell(read);
      if (read.plan !== undefined || read.lyrics !== undefined) return take(read);
      throw new NodeError('NODE_ARGUMENT', `expected words to ${way}, but there is nothing that can be said`);
    };
    const read = this.#reader.read({ text, way, seed: (this.#ctx.seed + this.#numRead++) >>> 0 });
    return read instanceof Promise ? this.#later(read, finish) : finish(read);
  }

  /** Warns of what is not said. */
  tell({ unsaid, numUnsaid, leftOut }: ReadText): void {
    if (numUnsaid > 0) {
      const named = unsaid.map((character) => `${shown(character)} (U+${codeOf(character)})`).join(', ');
      this.#ctx.warn('NODE_TEXT_UNSAID', `${numUnsaid} characters cannot be said, among them ${named}`);
    }
    if (leftOut > 0) {
      this.#ctx.warn('NODE_TEXT_LONG', `the text is too long: the last ${leftOut} characters are not said`);
    }
  }

  async #later(
    reading: Promise<ReadText>,
    finish: (read: ReadText) => undefined | number,
  ): Promise<undefined | number> {
    this.#numReading++;
    try {
      return finish(await reading);
    } finally {
      this.#numReading--;
    }
  }
}

/** Those that a terminal would obey are not shown. */
function shown(character: string): string {
  return /\p{C}/u.test(character) ? '?' : character;
}

function codeOf(character: string): string {
  return character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
}
