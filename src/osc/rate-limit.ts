/** Token buckets, and one record per sender, so that no sender can starve the others or the engine. */
import type { Peer } from './worker-protocol.js';

export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** What senders are given. A message costs 1, whether alone or in a bundle. */
export const RATES = {
  /** One sender's messages. */
  messages: { perSecond: 25_000, burst: 5_000 },
  /** All senders' messages together. */
  allMessages: { perSecond: 50_000, burst: 10_000 },
  /** One sender's `/panic` and `/master/...`, which get through when the above is used up. */
  safety: { perSecond: 50, burst: 50 },
  /** Answers to one sender. */
  answers: { perSecond: 2_000, burst: 1_000 },
  /** Searches for what an unknown address probably meant, for all senders together. */
  suggestions: { perSecond: 20, burst: 20 },
  /** Values pushed to one subscriber. */
  values: { perSecond: 5_000, burst: 1_000 },
  /** Lines of the log, to each who asked for them. */
  log: { perSecond: 50, burst: 100 },
  /** Events of one kind, to each subscriber. */
  events: { perSecond: 20, burst: 40 },
} as const satisfies Record<string, Rate>;

export const MAX_SENDERS = 256;

/** May go below zero when something is charged after the fact; it then stays shut for longer. */
export class TokenBucket {
  private tokens: number;
  private filledMs: number;

  constructor(
    private readonly rate: Rate,
    nowMs: number,
  ) {
    this.tokens = rate.burst;
    this.filledMs = nowMs;
  }

  has(nowMs: number): boolean {
    const gained = ((nowMs - this.filledMs) * this.rate.perSecond) / 1000;
    this.tokens = Math.min(this.rate.burst, this.tokens + Math.max(0, gained));
    this.filledMs = nowMs;
    return this.tokens >= 1;
  }

  charge(amount: number): void {
    this.tokens -= amount;
  }

  take(nowMs: number): boolean {
    if (!this.has(nowMs)) return false;
    this.charge(1);
    return true;
  }
}

/** What is remembered of one sender. */
export interface Sender {
  readonly peer: Peer;
  readonly messages: TokenBucket;
  readonly safety: TokenBucket;
  readonly answers: TokenBucket;
  /** Packets dropped, answers skipped and bundles late since it was last told. */
  dropped: number;
  skipped: number;
  late: number;
  /** Its requests that wait for their answer. */
  pending: number;
}

/** The senders heard of last; the one not heard of for longest makes room for a new one. */
export class Senders {
  private readonly byKey = new Map<string, Sender>();

  of(peer: Peer, nowMs: number): Sender {
    const key = peerKey(peer);
    const known = this.byKey.get(key);
    if (known !== undefined) {
      this.byKey.delete(key);
      this.byKey.set(key, known);
      return known;
    }
    if (this.byKey.size >= MAX_SENDERS) this.byKey.delete(this.byKey.keys().next().value as string);
    const sender: Sender = {
      peer,
      messages: new TokenBucket(RATES.messages, nowMs),
      safety: new TokenBucket(RATES.safety, nowMs),
      answers: new TokenBucket(RATES.answers, nowMs),
      dropped: 0,
      skipped: 0,
      late: 0,
      pending: 0,
    };
    this.byKey.set(key, sender);
    return sender;
  }

  /** Nobody is there any more. */
  forget(peer: Peer): void {
    this.byKey.delete(peerKey(peer));
  }

  [Symbol.iterator](): Iterator<Sender> {
    return this.byKey.values();
  }
}

export function peerKey({ via, address, port }: Peer): string {
  return via === undefined ? `${address}:${port}` : `${via}:${address}:${port}`;
}
