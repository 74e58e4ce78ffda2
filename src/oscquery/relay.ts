/**
 * Passes the OSC packets of one WebSocket on to the engine's UDP port and its answers back: one dispatcher for all,
 * with the limits that every sender has. Runs where the supervisor runs; a restarted engine is reached again.
 */
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { reachable } from '../osc/index.js';

export interface Relay {
  /** Never throws; what cannot be sent is lost, as datagrams may be. */
  send(bytes: Uint8Array): void;
  close(): void;
}

/** `host`: what the engine's socket is bound to. `receive` is given answers only, none of another sender. */
export function openRelay(host: string, port: number, receive: (bytes: Uint8Array) => void): Relay {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  let isConnected = false;
  let isClosed = false;
  let waiting: Uint8Array[] | undefined = [];
  const write = (bytes: Uint8Array): void => socket.send(bytes, () => undefined);
  socket.on('message', receive);
  // An engine that is being restarted refuses for a moment.
  socket.on('error', () => undefined);
  socket.connect(port, reachable(host), () => {
    if (isClosed) return;
    isConnected = true;
    for (const bytes of waiting ?? []) write(bytes);
    waiting = undefined;
  });
  return {
    send(bytes) {
      if (isClosed) return;
      if (isConnected) write(bytes);
      else if (waiting !== undefined && waiting.length < maxWaiting) waiting.push(bytes);
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      socket.close();
    },
  };
}

const maxWaiting = 64;
