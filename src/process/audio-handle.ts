/** The engine's main thread's handle to the audio worker. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import { type Observable, ReplaySubject } from 'rxjs';
import type { Patch } from '../../graph/index.js';
import type { StampedMessage } from '../control/index.js';
import { EngineError } from '../engine/errors.js';
import type { PatchEdit } from '../engine/pending-edit.js';
import type { VoiceOrder } from '../engine/voices/voice.js';
import type { AudioStart, FromAudioWorker, ToAudioWorker } from './audio-link.js';
import type { EngineFailure } from './engine-link.js';

export type LoadAnswer = Extract<FromAudioWorker, { kind: 'loaded' }>;
export type EditAnswer = Extract<FromAudioWorker, { kind: 'edited' }>;
type VoiceAnswer = Extract<FromAudioWorker, { kind: 'voice-done' }>;
type Answer = LoadAnswer | EditAnswer | VoiceAnswer;

/** After this long a worker that does not close is ended. */
const closeLimitMs = 3000;
const keptNews = 64;

/** What a started worker tells, loads apart. */
export type AudioNews = Exclude<
  FromAudioWorker,
  { kind: 'loaded' | 'edited' | 'load-failed' | 'voice-done' | 'closed' }
>;

export interface AudioHandle {
  /** Once. */
  begin(start: AudioStart): void;
  /** Once: hands over the OSC worker's port, and the ring beside it where there is one. */
  connectOsc(port: MessagePort, paramRing?: SharedArrayBuffer): void;
  /** Hands over the port of another that controls, as the MIDI worker does: arrays of StampedMessage come through it. */
  connectControl(port: MessagePort): void;
  /** Each at its frame: what the main thread itself has to say. */
  apply(messages: readonly StampedMessage[]): void;
  readonly news$: Observable<AudioNews>;
  /** Cross-fades to a patch; rejects with the engine's failure, and what played plays on. */
  load(patch: Patch, presetName: string, fadeMs?: number): Promise<LoadAnswer>;
  /** Edits the patch that plays, at `frame` or after it; rejects with the engine's failure, and nothing has changed. */
  edit(edit: PatchEdit, frame: number): Promise<EditAnswer>;
  /** Resolves when the voice sounds; rejects with the engine's failure. */
  startVoice(order: VoiceOrder): Promise<void>;
  /** Resolves when that many voices of the preset are ready. */
  keepVoicesReady(presetName: string, patch: Patch, count: number): Promise<void>;
  /** Fades out and closes everything. */
  close(): Promise<void>;
}

/** The error that a worker's failure stands for. */
export class RemoteError extends Error {
  readonly code: string;
  readonly remedy: string;

  constructor(
    failure: EngineFailure,
    /** Of the node that could not be prepared. */
    readonly nodeId?: string,
  ) {
    super(failure.message);
    this.code = failure.code;
    this.remedy = failure.remedy;
  }
}

interface Asked {
  done(answer: Answer): void;
  failed(error: Error): void;
}

/** `worker` runs audio-worker.js; it may still be loading its modules. */
export function attendAudioWorker(worker: Worker): AudioHandle {
  // What comes before anybody listens is not lost.
  const news$ = new ReplaySubject<AudioNews>(keptNews);
  const asked = new Map<number, Asked>();
  let lastAsked = 0;
  let isClosing = false;
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const fail = (message: string): void => {
    if (isClosing) return;
    const error = new EngineError('ENGINE_START', message);
    news$.next({ kind: 'failed', failure: { code: error.code, message, remedy: error.remedy } });
  };
  worker.on('error', (error) => fail(`The audio worker failed: ${error.stack ?? error.message}`));
  worker.on('exit', (code) => fail(`The audio worker ended with code ${code}.`));
  worker.on('message', (message: FromAudioWorker) => {
    if (message.kind === 'loaded' || message.kind === 'edited' || message.kind === 'voice-done') {
      asked.get(message.id)?.done(message);
      asked.delete(message.id);
    } else if (message.kind === 'load-failed') {
      asked.get(message.id)?.failed(new RemoteError(message.failure, message.nodeId));
      asked.delete(message.id);
    } else if (message.kind !== 'closed') news$.next(message);
  });
  const post = (message: ToAudioWorker): void => worker.postMessage(message);
  const ask = <T extends Answer>(question: (id: number) => ToAudioWorker): Promise<T> =>
    new Promise((done, failed) => {
      lastAsked++;
      asked.set(lastAsked, { done: done as Asked['done'], failed });
      post(question(lastAsked));
    });
  const connectControl = (port: MessagePort): void =>
    worker.postMessage({ kind: 'control', port } satisfies ToAudioWorker, [port]);
  const own = new MessageChannel();
  own.port1.unref();
  connectControl(own.port2);
  return {
    news$,
    begin: (start) => post({ kind: 'begin', start }),
    connectOsc: (port, paramRing) =>
      worker.postMessage({ kind: 'osc', port, ...(paramRing && { paramRing }) } satisfies ToAudioWorker, [
        port,
      ]),
    connectControl,
    apply: (messages) => own.port1.postMessage(messages),
    load: (patch, presetName, fadeMs) =>
      ask<LoadAnswer>((id) => ({
        kind: 'load',
        id,
        patch,
        presetName,
        ...(fadeMs !== undefined && { fadeMs }),
      })),
    edit: (edit, frame) => ask<EditAnswer>((id) => ({ kind: 'edit', id, edit, frame })),
    startVoice: async (order) => {
      await ask<VoiceAnswer>((id) => ({ kind: 'voice', id, order }));
    },
    keepVoicesReady: async (presetName, patch, count) => {
      await ask<VoiceAnswer>((id) => ({ kind: 'voices-ready', id, presetName, patch, count }));
    },
    async close() {
      isClosing = true;
      post({ kind: 'close' });
      // A sink that hangs must not keep the process.
      await Promise.race([exited, sleep(closeLimitMs, undefined, { ref: false })]);
      await worker.terminate();
      own.port1.close();
      news$.complete();
    },
  };
}
