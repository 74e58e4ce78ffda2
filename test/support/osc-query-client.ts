/** A client that knows the OSCQuery proposal and OSC, and nothing of this engine. */
import { once } from 'node:events';
import WebSocket from 'ws';

export interface FoundNode {
  readonly FULL_PATH: string;
  readonly ACCESS: number;
  readonly TYPE?: string;
  readonly VALUE?: readonly (number | string | boolean)[];
  readonly RANGE?: readonly { MIN?: number; MAX?: number; VALS?: readonly (number | string)[] }[];
  readonly CONTENTS?: Readonly<Record<string, FoundNode>>;
}

interface HostInfo {
  readonly NAME: string;
  readonly OSC_IP: string;
  readonly OSC_PORT: number;
  readonly WS_IP?: string;
  readonly WS_PORT?: number;
}

export type Heard = number | string | boolean;

export class OscQueryClient {
  /** JSON that came unasked. */
  readonly news: { COMMAND: string; DATA: string }[] = [];
  readonly heard = new Map<string, Heard>();
  private wake: () => void = () => undefined;

  private constructor(
    private readonly url: string,
    readonly host: HostInfo,
    private readonly socket: WebSocket,
  ) {
    socket.on('message', (data, isBinary) => {
      if (isBinary) this.hear(data as Buffer);
      else this.news.push(JSON.parse(data.toString()));
      this.wake();
    });
  }

  static async join(url: string): Promise<OscQueryClient> {
    const host = (await (await fetch(`${url}?HOST_INFO`)).json()) as HostInfo;
    const { hostname, port } = new URL(url);
    const socket = new WebSocket(`ws://${host.WS_IP ?? hostname}:${host.WS_PORT ?? port}`);
    await once(socket, 'open');
    return new OscQueryClient(url, host, socket);
  }

  async get<T = FoundNode>(path: string): Promise<T> {
    return (await (await fetch(new URL(path, this.url))).json()) as T;
  }

  /** Every node that can be read and written. */
  async movable(): Promise<FoundNode[]> {
    const found: FoundNode[] = [];
    const visit = (node: FoundNode): void => {
      if (node.ACCESS === 3) found.push(node);
      for (const child of Object.values(node.CONTENTS ?? {})) visit(child);
    };
    visit(await this.get('/'));
    return found;
  }

  listen(path: string): void {
    this.socket.send(JSON.stringify({ COMMAND: 'LISTEN', DATA: path }));
  }

  /** Over the WebSocket. */
  move(path: string, type: string, value: Heard): void {
    this.socket.send(oscBytes(path, type, value));
  }

  async until(is: () => boolean): Promise<void> {
    while (!is())
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
  }

  close(): void {
    this.socket.terminate();
  }

  private hear(bytes: Buffer): void {
    const address = text(bytes, 0);
    const tags = text(bytes, padded(address));
    const at = padded(address) + padded(tags);
    if (tags === ',T' || tags === ',F') this.heard.set(address, tags === ',T');
    else if (tags === ',f') this.heard.set(address, bytes.readFloatBE(at));
    else if (tags === ',i') this.heard.set(address, bytes.readInt32BE(at));
    else if (tags === ',s') this.heard.set(address, text(bytes, at));
  }
}

/** Another value than the one that a node has, by its own RANGE. */
export function otherValue({ TYPE, VALUE, RANGE }: FoundNode): Heard {
  const { MIN, MAX, VALS } = RANGE?.[0] ?? {};
  const now = VALUE?.[0];
  if (VALS !== undefined) return VALS.find((value) => value !== now) ?? VALS[0]!;
  if (TYPE === 'T' || TYPE === 'F') return !now;
  const [low, high] = [MIN!, MAX!];
  if (TYPE === 'i') return now === high ? high - 1 : Math.min(high, Number(now) + 1);
  const middle = Math.fround(low + (high - low) * 0.5);
  return middle === now ? Math.fround(low + (high - low) * 0.25) : middle;
}

export function oscBytes(address: string, type: string, value: Heard): Buffer {
  const isBool = typeof value === 'boolean';
  const tag = isBool ? (value ? 'T' : 'F') : type;
  const number = Buffer.alloc(4);
  if (tag === 'f') number.writeFloatBE(Number(value));
  if (tag === 'i') number.writeInt32BE(Number(value));
  const arg = isBool ? Buffer.alloc(0) : tag === 's' ? string(String(value)) : number;
  return Buffer.concat([string(address), string(`,${tag}`), arg]);
}

function string(value: string): Buffer {
  return Buffer.from(value.padEnd(padded(value), '\0'), 'latin1');
}

function padded(value: string): number {
  return (value.length + 4) & ~3;
}

function text(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at, bytes.indexOf(0, at));
}
