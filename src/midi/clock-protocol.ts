/** What passes between the engine's main thread and the clock worker. Plain data; the port is transferred. */
import type { MessagePort } from 'node:worker_threads';
import type { MidiNews } from './worker-protocol.js';

export type ClockOrder =
  /** From the beginning. `port`: part of a name; the ports that hold it are sent to, and no others. */
  | { readonly kind: 'start'; readonly port: string; readonly tempoBpm: number }
  /** From where it stopped. */
  | { readonly kind: 'continue' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'tempo'; readonly tempoBpm: number }
  | { readonly kind: 'close' };

export interface ClockWorkerData {
  /** Orders come, MidiNews go. */
  readonly port: MessagePort;
  /** One word: counted up, and notified, with each order. */
  readonly wake: SharedArrayBuffer;
  /** See osc/clock-page.ts. */
  readonly clock: SharedArrayBuffer;
  /** Hz, of the engine. */
  readonly sampleRate: number;
}

export type ClockNews = Omit<MidiNews, 'nodeId'>;
