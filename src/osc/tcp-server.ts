/** OSC over TCP: connections in, packets out of their streams, answers back on the connection that asked. */
import { createServer, type Server, type Socket } from 'node:net';
import { OscError } from '../control/errors.js';
import { failAnswer } from './answers.js';
import { Deframer, frame } from './framing.js';
import { monotonicMs } from './monotonic.js';
import { peerKey } from './rate-limit.js';
import { encodePacket } from './wire-encode.js';
import type { Peer } from './worker-protocol.js';

export const TCP_LIMITS = {
  connections: 64,
  connectionsOfOneAddress: 32,
  /** A connection that has not sent one packet by then, or not the rest of one, is closed. */
  unfinishedMs: 10_000,
  /** What waits to be read by a client; more is left out. */
  backlogBytes: 256 * 1024,
  /** A client that lets so much wait for so long is closed. */
  slowMs: 10_000,
  /** When the server closes: what is not read by then is given up. */
  closeMs: 1000,
} as const;
const WATCH_MS = 1000;
const KEEP_ALIVE_MS = 30_000;

export interface TcpServer {
  readonly port: number;
  readonly numConnections: number;
  /** Never throws. Left out where the connection is gone or its client does not read. */
  send(bytes: Uint8Array, to: Peer): void;
  /** Whether `send` would pass it on now. */
  accepts(to: Peer): boolean;
  close(): Promise<void>;
}

export interface TcpServerOptions {
  /** 0 takes a free port. */
  readonly port: number;
  readonly host: string;
  admits(address: string | undefined): boolean;
  /** `bytes` are borrowed. Must not throw. */
  onPacket(bytes: Uint8Array, from: Peer): void;
  /** The connection is closed: nobody hears answers there any more. */
  onGone(peer: Peer): void;
}

/** Rejects with OSC_TCP_PORT. */
export async function openTcpServer(options: TcpServerOptions): Promise<TcpServer> {
  const connections = new Map<string, Connection>();
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
  server.on('connection', (socket) => {
    // Without a listener an error of the socket would end the thread.
    socket.on('error', () => undefined);
    const { remoteAddress: address, remotePort: port } = socket;
    if (
      address === undefined ||
      port === undefined ||
      !options.admits(address) ||
      isFull(connections, address)
    ) {
      socket.destroy();
      return;
    }
    const peer: Peer = { address, port, via: 'tcp' };
    const connection = new Connection(socket, peer, options);
    connections.set(peerKey(peer), connection);
    socket.on('close', () => {
      connections.delete(peerKey(peer));
      options.onGone(peer);
    });
  });
  await listen(server, options);
  server.on('error', () => undefined);
  const watching = setInterval(() => {
    for (const connection of connections.values()) connection.look(monotonicMs());
  }, WATCH_MS).unref();
  return {
    port: (server.address() as { port: number }).port,
    get numConnections() {
      return connections.size;
    },
    send: (bytes, to) => connections.get(peerKey(to))?.send(bytes),
    accepts: (to) => connections.get(peerKey(to))?.accepts ?? false,
    close() {
      clearInterval(watching);
      for (const connection of connections.values()) connection.end();
      const giveUp = setTimeout(() => {
        for (const connection of connections.values()) connection.giveUp();
      }, TCP_LIMITS.closeMs);
      return new Promise((resolve) =>
        server.close(() => {
          clearTimeout(giveUp);
          resolve();
        }),
      );
    },
  };
}

function isFull(connections: ReadonlyMap<string, Connection>, address: string): boolean {
  if (connections.size >= TCP_LIMITS.connections) return true;
  let numOfAddress = 0;
  for (const { peer } of connections.values()) if (peer.address === address) numOfAddress++;
  return numOfAddress >= TCP_LIMITS.connectionsOfOneAddress;
}

class Connection {
  private readonly deframer: Deframer;
  /** Since when a packet is being waited for, or room in the backlog; undefined when it is not. */
  private unfinishedSinceMs: number | undefined = monotonicMs();
  private slowSinceMs: number | undefined;

  constructor(
    private readonly socket: Socket,
    readonly peer: Peer,
    { onPacket }: TcpServerOptions,
  ) {
    this.deframer = new Deframer((bytes) => {
      this.unfinishedSinceMs = undefined;
      onPacket(bytes, peer);
    });
    socket.on('data', (chunk) => this.take(chunk));
    socket.on('drain', () => {
      this.slowSinceMs = undefined;
    });
  }

  get accepts(): boolean {
    return this.socket.writable && this.socket.writableLength < TCP_LIMITS.backlogBytes;
  }

  send(bytes: Uint8Array): void {
    const { framing } = this.deframer;
    if (framing === undefined) return;
    if (this.accepts) this.socket.write(frame(bytes, framing));
    else this.slowSinceMs ??= monotonicMs();
  }

  /** What has waited for too long is given up. */
  look(nowMs: number): void {
    const isUnfinished = nowMs - (this.unfinishedSinceMs ?? nowMs) > TCP_LIMITS.unfinishedMs;
    const isSlow = nowMs - (this.slowSinceMs ?? nowMs) > TCP_LIMITS.slowMs;
    if (isUnfinished || isSlow) this.socket.destroy();
  }

  /** What is written leaves first, where it is read. */
  end(): void {
    this.socket.end();
    this.socket.destroySoon();
  }

  giveUp(): void {
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    const { deframer } = this;
    deframer.take(chunk);
    if (deframer.failure !== undefined) {
      this.send(
        encodePacket(failAnswer('', 'OSC_BAD_STREAM', `The stream cannot be read: ${deframer.failure}.`)),
      );
      this.socket.removeAllListeners('data');
      this.end();
    } else if (deframer.isInside) this.unfinishedSinceMs ??= monotonicMs();
    else this.unfinishedSinceMs = undefined;
  }
}

async function listen(server: Server, { port, host }: TcpServerOptions): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, host, exclusive: true }, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    throw new OscError(
      'OSC_TCP_PORT',
      `TCP port ${port} on ${host} cannot be opened: ${(error as Error).message}. OSC is heard over UDP as ever.`,
    );
  }
}
