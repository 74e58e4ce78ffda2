/**
 * One WebSocket client: what it listens to, and its OSC. Everything that it sends is hostile until checked; what is
 * malformed is passed over in silence, as OSCQuery asks of unknown commands.
 */
import type { RawData, WebSocket } from 'ws';
import type { ParamSetting } from '../../graph/index.js';
import { encodePacket, IMMEDIATELY, monotonicMs, type OscArg, RATES, TokenBucket } from '../osc/index.js';
import type { PathNews } from './changes.js';
import type { QueryNode } from './namespace.js';
import type { Relay } from './relay.js';

/** A value is pushed at most this often; what changes in between is left out. */
const pushMs = 20;
const maxListened = 4096;
const maxPathLength = 1024;
/** A client that reads no more gets no more values, and after that is let go. */
const maxBacklogBytes = 256 * 1024;
const tooFarBehindBytes = 4 * 1024 * 1024;
/** Ends all that it subscribed to over the relay. */
const farewell = encodePacket({
  kind: 'bundle',
  timeTag: IMMEDIATELY,
  elements: [
    { kind: 'message', address: '/notify', args: [{ type: 'F' }] },
    { kind: 'message', address: '/unsubscribe', args: [] },
    { kind: 'message', address: '/log', args: [{ type: 's', value: 'off' }] },
  ],
});
const commandRate = { perSecond: 500, burst: 4096 };

export interface ListenerParts {
  readonly socket: WebSocket;
  /** `receive` is given the engine's answers. */
  relay(receive: (bytes: Uint8Array) => void): Relay;
  /** The node at an address as it is now. */
  nodeAt(address: string): QueryNode | undefined;
  closed(): void;
}

export class Listener {
  private readonly listened = new Set<string>();
  private readonly changed = new Set<string>();
  private readonly commands = new TokenBucket(commandRate, monotonicMs());
  private readonly packets = new TokenBucket(RATES.messages, monotonicMs());
  private relay: Relay | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isAlive = true;

  constructor(private readonly parts: ListenerParts) {
    const { socket } = parts;
    socket.on('message', (data, isBinary) => (isBinary ? this.passOn(data) : this.obey(data)));
    socket.on('pong', () => {
      this.isAlive = true;
    });
    // A frame that is too long or malformed: the socket closes itself.
    socket.on('error', () => undefined);
    socket.on('close', () => this.ended());
  }

  /** The param at `address` has another value. */
  mark(address: string): void {
    if (!this.listened.has(address)) return;
    this.changed.add(address);
    this.timer ??= setTimeout(() => this.push(), pushMs).unref();
  }

  tell(news: PathNews): void {
    if (!this.isFarBehind()) this.parts.socket.send(JSON.stringify(news));
  }

  /** To be called now and then: a client that has not answered since the last time is gone. */
  probe(): void {
    if (!this.isAlive) this.parts.socket.terminate();
    this.isAlive = false;
    if (this.parts.socket.readyState === this.parts.socket.OPEN) this.parts.socket.ping();
  }

  close(): void {
    this.parts.socket.close(1001);
    this.parts.socket.terminate();
  }

  private obey(data: RawData): void {
    if (!this.commands.take(monotonicMs())) return;
    const { COMMAND, DATA } = parsed(data);
    if (typeof DATA !== 'string' || DATA.length > maxPathLength) return;
    if (COMMAND === 'IGNORE') {
      this.listened.delete(DATA);
      this.changed.delete(DATA);
    } else if (COMMAND === 'LISTEN' && this.listened.size < maxListened) {
      this.listened.add(DATA);
      // What it read over HTTP may be old already.
      this.mark(DATA);
    }
  }

  private passOn(data: RawData): void {
    if (!this.packets.take(monotonicMs())) return;
    this.relay ??= this.parts.relay((bytes) => {
      if (this.parts.socket.bufferedAmount < maxBacklogBytes) this.parts.socket.send(bytes);
    });
    this.relay.send(data as Buffer);
  }

  private push(): void {
    this.timer = undefined;
    const { socket } = this.parts;
    if (this.isFarBehind() || this.changed.size === 0) return;
    if (socket.bufferedAmount < maxBacklogBytes) {
      for (const address of this.changed) {
        const args = valueArgs(this.parts.nodeAt(address));
        if (args !== undefined) socket.send(encodePacket({ kind: 'message', address, args }));
      }
      this.changed.clear();
    } else this.timer = setTimeout(() => this.push(), pushMs).unref();
  }

  private isFarBehind(): boolean {
    if (this.parts.socket.bufferedAmount < tooFarBehindBytes) return false;
    this.parts.socket.terminate();
    return true;
  }

  private ended(): void {
    clearTimeout(this.timer);
    // Nobody is there for events any more.
    this.relay?.send(farewell);
    const relay = this.relay;
    if (relay !== undefined) setTimeout(() => relay.close(), 50).unref();
    this.parts.closed();
  }
}

function valueArgs(node: QueryNode | undefined): readonly OscArg[] | undefined {
  const value: ParamSetting | undefined = node?.VALUE?.[0];
  if (typeof value === 'boolean') return [{ type: value ? 'T' : 'F' }];
  if (typeof value === 'string') return [{ type: 's', value }];
  if (typeof value === 'number') return [{ type: node?.TYPE === 'i' ? 'i' : 'f', value }];
  return undefined;
}

function parsed(data: RawData): { readonly COMMAND?: unknown; readonly DATA?: unknown } {
  try {
    const value: unknown = JSON.parse((data as Buffer).toString('utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
