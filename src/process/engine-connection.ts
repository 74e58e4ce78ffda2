/** The supervisor's end of the local socket. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FromEngine, isLinkMessage, type ToEngine } from './engine-link.js';
import { JsonLines } from './json-lines.js';

const retryMs = 10;

export interface EngineConnection {
  send(message: ToEngine): void;
  close(): void;
}

export interface EngineListener {
  receive(message: FromEngine): void;
  /** Once, when the engine's end is gone. */
  closed(): void;
}

/** Undefined when nobody listens there. */
export function tryConnect(
  socketPath: string,
  listener: EngineListener,
): Promise<EngineConnection | undefined> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once('error', () => resolve(undefined));
    socket.once('connect', () => {
      const lines = new JsonLines(socket, {
        receive: (value) => {
          if (isLinkMessage(value)) listener.receive(value as FromEngine);
        },
        closed: () => listener.closed(),
      });
      resolve({ send: (message) => void lines.send(message), close: () => lines.close() });
    });
  });
}

/** Tries until somebody listens, `isOver` says to give up, or the time is over. */
export async function connectWhenUp(
  socketPath: string,
  listener: EngineListener,
  isOver: () => boolean,
  limitMs: number,
): Promise<EngineConnection | undefined> {
  const endMs = performance.now() + limitMs;
  while (!isOver() && performance.now() < endMs) {
    const connection = await tryConnect(socketPath, listener);
    if (connection !== undefined) return connection;
    await sleep(retryMs);
  }
  return undefined;
}
