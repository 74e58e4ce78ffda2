/**
 * What a game needs to sound through sashimi-live: OSC over UDP, and voices by id. It stands alone: copy it.
 * Moves and gains are sent and forgotten; what must be known to have happened is a promise.
 */
import { createSocket, type Socket } from 'node:dgram';

type Arg = number | string | { readonly int: number };

export interface VoiceOptions {
  /** The higher, the later it is stolen. */
  readonly priority?: number;
  readonly gainDb?: number;
  /** Degrees: 0 in front, 90 right. */
  readonly azimuth?: number;
  /** Metres. */
  readonly distance?: number;
}

interface Waiting {
  done(results: readonly unknown[]): void;
  failed(error: Error): void;
}

const answerMs = 10_000;

export class Voices {
  /** Hears of voices that end, for whatever reason: `freed`, `stolen` or `panic`. */
  onEnded: (id: string, reason: string) => void = () => undefined;
  /** The engine was started anew: its voices come back by themselves. */
  onRestarted: () => void = () => undefined;
  private readonly waiting = new Map<string, Waiting[]>();

  private constructor(
    private readonly socket: Socket,
    private readonly host: string,
    private readonly port: number,
  ) {
    socket.on('message', (bytes) => this.hear(bytes));
    // An engine that is not there yet: requests tell that no answer came.
    socket.on('error', () => undefined);
  }

  /** Subscribes to events. Rejects when no engine answers. */
  static async connect(port = 9010, host = '127.0.0.1'): Promise<Voices> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, resolve));
    const voices = new Voices(socket, host, port);
    try {
      await voices.ask('/notify', { int: 1 });
    } catch (error) {
      socket.close();
      throw error;
    }
    return voices;
  }

  /** While a level is loaded: so many voices of a preset will sound at once when they are started. */
  async keepReady(preset: string, count: number): Promise<void> {
    await this.ask('/voice/pool', preset, { int: count });
  }

  /** Resolves when it sounds; from then on it has its addresses. */
  async start(preset: string, id: string, options: VoiceOptions = {}): Promise<void> {
    const { priority = 0, gainDb = 0, azimuth = 0, distance = 1 } = options;
    await this.ask('/voice/new', preset, id, { int: priority }, gainDb, azimuth, distance);
  }

  /** Every frame of the game: it goes there in a straight line of `ms`, so give it the time of a frame. */
  move(id: string, azimuth: number, distance: number, ms = 20): void {
    this.send(`/voice/${id}/position`, azimuth, distance, ms);
  }

  gain(id: string, gainDb: number, ms = 20): void {
    this.send(`/voice/${id}/gain`, gainDb, ms);
  }

  /** A param of a node of the voice's preset. */
  set(id: string, node: string, param: string, value: number | string, ...rampMs: readonly [number?]): void {
    const ramp = rampMs.filter((ms) => ms !== undefined);
    this.send(`/voice/${id}/${node}/${param}`, value, ...ramp);
  }

  /** An action of a node; resolves with its result, if it has one. */
  async call(id: string, node: string, action: string, ...args: readonly Arg[]): Promise<unknown> {
    return (await this.ask(`/voice/${id}/${node}/${action}`, ...args))[0];
  }

  async free(id: string, fadeMs = 30): Promise<void> {
    await this.ask('/voice/free', id, fadeMs);
  }

  async freeAll(fadeMs = 30): Promise<void> {
    await this.ask('/voice/free-all', fadeMs);
  }

  /** The ids of all voices that play. */
  async list(): Promise<string[]> {
    const [, ...rows] = await this.ask('/voice/list');
    return rows.filter((_, i) => i % 3 === 0).map(String);
  }

  close(): void {
    this.send('/notify', { int: 0 });
    this.socket.close();
  }

  private send(address: string, ...args: readonly Arg[]): void {
    this.socket.send(encode(address, args), this.port, this.host);
  }

  private ask(address: string, ...args: readonly Arg[]): Promise<readonly unknown[]> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => waiting.failed(new Error(`${address}: no answer`)), answerMs);
      const settle = (): void => {
        clearTimeout(timer);
        const left = (this.waiting.get(address) ?? []).filter((other) => other !== waiting);
        this.waiting.set(address, left);
      };
      const waiting: Waiting = {
        done(results) {
          settle();
          resolve(results);
        },
        failed(error) {
          settle();
          reject(error);
        },
      };
      this.waiting.set(address, [...(this.waiting.get(address) ?? []), waiting]);
      this.send(address, ...args);
    });
  }

  private hear(bytes: Buffer): void {
    const { address, args } = decode(bytes);
    const [first, second, third] = args;
    if (address === '/event/voice-ended') this.onEnded(String(first), String(second));
    else if (address === '/event/engine-restarted') this.onRestarted();
    else if (address === '/done') this.waiting.get(String(first))?.[0]?.done(args.slice(1));
    else if (address === '/fail') {
      this.waiting.get(String(first))?.[0]?.failed(new Error(`${first}: ${second}: ${third}`));
    }
  }
}

/** OSC 1.0: numbers as float32 or int32, strings in UTF-8. */
function encode(address: string, args: readonly Arg[]): Buffer {
  const parts = [padded(address), padded(`,${args.map(tagOf).join('')}`)];
  for (const arg of args) {
    if (typeof arg === 'string') {
      parts.push(padded(arg));
      continue;
    }
    const word = Buffer.alloc(4);
    if (typeof arg === 'number') word.writeFloatBE(arg);
    else word.writeInt32BE(arg.int);
    parts.push(word);
  }
  return Buffer.concat(parts);
}

function tagOf(arg: Arg): string {
  if (typeof arg === 'string') return 's';
  return typeof arg === 'number' ? 'f' : 'i';
}

/** Ended by a zero, and filled up to a multiple of four bytes. */
function padded(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([bytes, Buffer.alloc(4 - (bytes.length % 4))]);
}

function decode(bytes: Buffer): { address: string; args: unknown[] } {
  let at = 0;
  const text = (): string => {
    const end = bytes.indexOf(0, at);
    const value = bytes.toString('utf8', at, end);
    at += 4 * (Math.floor((end - at) / 4) + 1);
    return value;
  };
  const address = text();
  const args: unknown[] = [];
  for (const tag of text().slice(1)) {
    if (tag === 's') args.push(text());
    else if (tag === 'T' || tag === 'F') args.push(tag === 'T');
    else if (tag === 'd') {
      args.push(bytes.readDoubleBE(at));
      at += 8;
    } else {
      args.push(tag === 'f' ? bytes.readFloatBE(at) : bytes.readInt32BE(at));
      at += 4;
    }
  }
  return { address, args };
}
