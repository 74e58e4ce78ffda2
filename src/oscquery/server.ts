/**
 * Serves the namespace of an engine over HTTP and WebSocket on one port. Belongs into the supervisor's process: never
 * where sound is made. Requests are hostile until checked: sizes, times, rates and numbers of clients are bounded.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { ParamSetting } from '../../graph/index.js';
import { type AddressTable, OscError } from '../control/index.js';
import { monotonicMs, TokenBucket } from '../osc/index.js';
import { pathNews } from './changes.js';
import { type HostInfo, hostInfo } from './host-info.js';
import { Listener } from './listener.js';
import { describeNamespace, type QueryNode } from './namespace.js';
import { answerQuery, nodeAt } from './query.js';
import { openRelay } from './relay.js';
import { isOwnHost, isTrustedOrigin } from './trust.js';

export interface QueryServerOptions {
  readonly name: string;
  readonly host: string;
  /** Of the engine. */
  readonly oscPort: number;
  /** Left out: the first free one above `oscPort`. 0: any free one. */
  readonly port?: number;
  /** Who may ask: nobody is turned away when left out. */
  readonly admits?: (address: string | undefined) => boolean;
}

const numTriedPorts = 32;
const maxConnections = 64;
const maxListeners = 24;
const maxHeaderBytes = 8 * 1024;
/** The largest datagram; a longer packet could not reach the engine. */
const maxFrameBytes = 65_507;
const headersLimitMs = 5000;
const idleLimitMs = 5000;
const probeMs = 30_000;
const requestRate = { perSecond: 200, burst: 400 };

export class QueryServer {
  private readonly listeners = new Set<Listener>();
  private readonly requests = new TokenBucket(requestRate, monotonicMs());
  private readonly sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxFrameBytes,
    perMessageDeflate: false,
  });
  private readonly prober = setInterval(() => {
    for (const listener of this.listeners) listener.probe();
  }, probeMs).unref();
  private table: AddressTable = [];
  private values: ReadonlyMap<string, ParamSetting> = new Map();
  private info: HostInfo;
  /** Made anew when somebody asks after a change. */
  private tree: QueryNode | undefined;

  private constructor(
    private readonly options: QueryServerOptions,
    private readonly server: Server,
  ) {
    const { port } = server.address() as AddressInfo;
    this.info = hostInfo(options.name, options.host, options.oscPort, port);
    server.on('request', (request, response) => this.answer(request, response));
    server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    server.on('error', () => undefined);
    // Before a byte is read: whoever may not speak gets no answer.
    server.on('connection', (socket) => {
      if (options.admits?.(socket.remoteAddress) === false) socket.destroy();
    });
  }

  /** Rejects with OSC_QUERY_PORT when no port can be had. */
  static async open(options: QueryServerOptions): Promise<QueryServer> {
    const { host, oscPort, port } = options;
    const above = Array.from({ length: numTriedPorts }, (_, i) => oscPort + 1 + i).filter((p) => p < 65_536);
    const tried = port === undefined ? [...above, 0] : [port];
    let reason = '';
    for (const each of tried) {
      try {
        return new QueryServer(options, await listen(each, host));
      } catch (error) {
        reason = (error as Error).message;
      }
    }
    throw new OscError(
      'OSC_QUERY_PORT',
      `TCP port ${port ?? `above ${oscPort}`} on ${host} cannot be opened: ${reason}.`,
    );
  }

  get port(): number {
    return this.info.WS_PORT;
  }

  /** What can be told and what is set now. The same `table` object means that no address has changed. */
  show(table: AddressTable, values: ReadonlyMap<string, ParamSetting>): void {
    const { values: before } = this;
    const hadTable = this.table;
    const treeBefore = hadTable !== table && this.listeners.size > 0 ? this.namespace() : undefined;
    this.table = table;
    this.values = values;
    this.tree = undefined;
    if (treeBefore !== undefined)
      for (const news of pathNews(treeBefore, this.namespace()))
        for (const listener of this.listeners) listener.tell(news);
    for (const [address, value] of values)
      if (before.get(address) !== value) for (const listener of this.listeners) listener.mark(address);
  }

  async close(): Promise<void> {
    clearInterval(this.prober);
    for (const listener of this.listeners) listener.close();
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private namespace(): QueryNode {
    this.tree ??= describeNamespace(this.table, (address) => this.values.get(address));
    return this.tree;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { host, origin } = request.headers;
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    if (!isOwnHost(host)) return void end(response, 403);
    if (!this.requests.take(monotonicMs())) return void end(response, 503);
    if (request.method !== 'GET' && request.method !== 'HEAD') return void end(response, 405);
    if (origin !== undefined && isTrustedOrigin(origin, host))
      response.setHeader('Access-Control-Allow-Origin', origin);
    const answer = answerQuery(request.url ?? '/', this.namespace(), this.info);
    if (answer.status !== 200) return void end(response, answer.status);
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    end(response, 200, answer.body);
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => undefined);
    const { host, origin } = request.headers;
    if (!isOwnHost(host) || !isTrustedOrigin(origin, host)) return void refuse(socket, '403 Forbidden');
    if (this.listeners.size >= maxListeners) return void refuse(socket, '503 Service Unavailable');
    this.sockets.handleUpgrade(request, socket, head, (client) => {
      const listener: Listener = new Listener({
        socket: client,
        relay: (receive) => openRelay(this.options.host, this.options.oscPort, receive),
        nodeAt: (address) => nodeAt(this.namespace(), address),
        closed: () => this.listeners.delete(listener),
      });
      this.listeners.add(listener);
    });
  }
}

function listen(port: number, host: string): Promise<Server> {
  const server = createServer({
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: headersLimitMs,
    requestTimeout: headersLimitMs,
    keepAliveTimeout: idleLimitMs,
    connectionsCheckingInterval: 1000,
  });
  server.maxConnections = maxConnections;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}

function end(response: ServerResponse, status: number, body?: string): void {
  response.statusCode = status;
  response.end(body);
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
