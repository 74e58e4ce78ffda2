/**
 * Pushes values to those who subscribed: the newest one, no more often than they asked for, and no more than they can
 * take. What changes in between is left out, never the last one.
 */
import { message } from './answers.js';
import { peerKey, RATES, TokenBucket } from './rate-limit.js';
import type { OscArg, OscMessage } from './wire.js';
import type { Peer } from './worker-protocol.js';

/** How often it is looked what is due. */
export const PUSH_TICK_MS = 20;

export interface PushPorts {
  send(message: OscMessage, to: Peer): void;
  /** Whether the way to `to` has room; always when left out. */
  accepts?(to: Peer): boolean;
  later(delayMs: number, action: () => void): void;
  nowMs(): number;
}

interface Follower {
  readonly peer: Peer;
  readonly rate: TokenBucket;
  /** When the next value of an address may be sent, and how long after that the one after it. */
  readonly followed: Map<string, { intervalMs: number; nextMs: number }>;
  readonly changed: Set<string>;
}

export class ValuePushes {
  private readonly followers = new Map<string, Follower>();
  private isTicking = false;

  constructor(
    private readonly ports: PushPorts,
    /** What an address holds now, as an argument. */
    private readonly argOf: (address: string) => OscArg | undefined,
  ) {}

  /** What `peer` follows from now on, with the intervals in ms. What it did not follow before is sent at once. */
  follow(peer: Peer, addresses: ReadonlyMap<string, number>): void {
    const key = peerKey(peer);
    if (addresses.size === 0) {
      this.followers.delete(key);
      return;
    }
    const before = this.followers.get(key);
    const rate = before?.rate ?? new TokenBucket(RATES.values, this.ports.nowMs());
    const follower: Follower = { peer, rate, followed: new Map(), changed: new Set() };
    for (const [address, intervalMs] of addresses) {
      const known = before?.followed.get(address);
      follower.followed.set(address, { intervalMs, nextMs: known?.nextMs ?? 0 });
      if (known === undefined || before?.changed.has(address)) follower.changed.add(address);
    }
    this.followers.set(key, follower);
    this.push();
  }

  forget(peer: Peer): void {
    this.followers.delete(peerKey(peer));
  }

  changed(addresses: readonly string[]): void {
    if (this.followers.size === 0) return;
    for (const { followed, changed } of this.followers.values())
      for (const address of addresses) if (followed.has(address)) changed.add(address);
    this.push();
  }

  private push(): void {
    if (this.isTicking) return;
    const nowMs = this.ports.nowMs();
    let isAnyLeft = false;
    for (const follower of this.followers.values()) {
      this.pushTo(follower, nowMs);
      isAnyLeft ||= follower.changed.size > 0;
    }
    if (!isAnyLeft) return;
    this.isTicking = true;
    this.ports.later(PUSH_TICK_MS, () => {
      this.isTicking = false;
      this.push();
    });
  }

  private pushTo({ peer, rate, followed, changed }: Follower, nowMs: number): void {
    for (const address of changed) {
      const due = followed.get(address)!;
      if (due.nextMs > nowMs) continue;
      const value = this.argOf(address);
      if (value !== undefined) {
        if (this.ports.accepts?.(peer) === false || !rate.take(nowMs)) return;
        this.ports.send(message('/value', { type: 's', value: address }, value), peer);
        due.nextMs = nowMs + due.intervalMs;
      }
      changed.delete(address);
    }
  }
}
