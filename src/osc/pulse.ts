/**
 * The pulse of an engine: the OSC worker tells whoever listens at a local socket how far the sound has come. It does not wait
 * for the engine's main thread, which may be late while the sound goes on.
 */
import { createServer, type Socket } from 'node:net';
import type { ClockReader, ClockReading } from './clock-page.js';

const pulseMs = 250;

/** One line of JSON each. `frame`: first of the block that the sink asked for last. */
export interface Pulse {
  readonly kind: 'pulse';
  readonly frame: number;
}

/** Where it cannot be opened there is none: the supervisor then has the word of the main thread alone, as nobody else listens. */
export function openPulse(path: string, clock: ClockReader): void {
  const reading: ClockReading = { frame: 0, timeMs: 0, framesPerMs: 0, publications: 0 };
  const listeners = new Set<Socket>();
  const server = createServer((socket) => {
    listeners.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => listeners.delete(socket));
    // Nothing is expected, but without a reader the other's end would not be seen.
    socket.resume();
    socket.unref();
  });
  server.on('error', () => undefined);
  server.listen(path);
  server.unref();
  const tell = (): void => {
    if (listeners.size === 0 || !clock.read(reading)) return;
    const pulse: Pulse = { kind: 'pulse', frame: reading.frame };
    const line = `${JSON.stringify(pulse)}\n`;
    for (const socket of listeners) {
      // Who does not read gets no more until it has read.
      if (socket.writableLength === 0) socket.write(line);
    }
  };
  setInterval(tell, pulseMs).unref();
}
