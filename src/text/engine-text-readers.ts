/** Reads texts for nodes: live on a thread of its own, which all nodes share; offline while the caller waits. */
import { Worker } from 'node:worker_threads';
import type { ReadText, TextReader, TextReaders, TextRequest } from '../../nodes/index.js';
import { EngineError } from '../engine/errors.js';
import type { ReplayGate } from '../engine/replay-gate.js';
import { loadPronouncer } from './pronounce.js';
import { readText } from './read-text.js';
import type { TextReply } from './worker-protocol.js';

interface Waiting {
  done(text: ReadText): void;
  failed(error: EngineError): void;
}

export class EngineTextReaders implements TextReaders {
  #thread: TextThread | undefined;
  #numOpen = 0;

  /** `replay`: what took its time live is held back. */
  constructor(private readonly replay?: ReplayGate) {}

  async open(mode: 'live' | 'offline'): Promise<TextReader> {
    if (mode === 'offline') {
      const createPronounce = await loadPronouncer();
      const { replay } = this;
      return {
        read: (request) =>
          replay === undefined
            ? readText(request, createPronounce)
            : replay.hold(() => readText(request, createPronounce)),
        close: async () => undefined,
      };
    }
    this.#numOpen++;
    let isOpen = true;
    // It loads while the patch starts, so that the first words are not late.
    this.#living();
    return {
      read: (request) => this.#living().read(request),
      close: async () => {
        if (!isOpen) return;
        isOpen = false;
        if (--this.#numOpen > 0) return;
        const thread = this.#thread;
        this.#thread = undefined;
        await thread?.close();
      },
    };
  }

  /** One that has died is started anew. */
  #living(): TextThread {
    if (this.#thread === undefined || this.#thread.isOver) this.#thread = new TextThread();
    return this.#thread;
  }
}

class TextThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  isOver = false;

  constructor() {
    this.#worker = new Worker(new URL('./text-worker.js', import.meta.url), { name: 'text' });
    this.#worker.unref();
    this.#worker.on('message', (reply: TextReply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#end(error.message));
    this.#worker.on('exit', (code) => this.#end(`its thread ended with code ${code}`));
  }

  read(request: TextRequest): Promise<ReadText> {
    return new Promise((done, failed) => {
      const id = ++this.#lastId;
      this.#waiting.set(id, { done, failed });
      this.#worker.postMessage({ id, request });
    });
  }

  async close(): Promise<void> {
    this.#end('the patch that asked has ended');
    await this.#worker.terminate();
  }

  #settle(reply: TextReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('text' in reply) waiting?.done(reply.text);
    else waiting?.failed(cannotRead(reply.failure));
  }

  #end(why: string): void {
    this.isOver = true;
    for (const { failed } of this.#waiting.values()) failed(cannotRead(why));
    this.#waiting.clear();
  }
}

function cannotRead(why: string): EngineError {
  return new EngineError('ENGINE_TEXT', `The text could not be read: ${why}.`);
}
