/** Who is told of events. UDP never says that a listener is gone, so silent ones give way when the list is full. */
import { peerKey } from './rate-limit.js';
import type { Peer } from './worker-protocol.js';

export const MAX_SUBSCRIBERS = 32;
/** A subscriber not heard of for this long may be replaced by a new one. */
export const SILENT_AFTER_MS = 60_000;

export class Subscribers {
  private readonly byKey = new Map<string, { readonly peer: Peer; heardMs: number }>();

  constructor(peers: readonly Peer[], nowMs: number) {
    for (const peer of peers.slice(0, MAX_SUBSCRIBERS)) this.add(peer, nowMs);
  }

  get size(): number {
    return this.byKey.size;
  }

  /** False when the list is full of subscribers heard of lately. */
  add(peer: Peer, nowMs: number): boolean {
    const key = peerKey(peer);
    if (!this.byKey.has(key) && this.byKey.size >= MAX_SUBSCRIBERS && !this.dropMostSilent(nowMs))
      return false;
    this.byKey.set(key, { peer: { address: peer.address, port: peer.port }, heardMs: nowMs });
    return true;
  }

  /** False when it was none. */
  remove(peer: Peer): boolean {
    return this.byKey.delete(peerKey(peer));
  }

  heard(peer: Peer, nowMs: number): void {
    if (this.byKey.size === 0) return;
    const subscriber = this.byKey.get(peerKey(peer));
    if (subscriber !== undefined) subscriber.heardMs = nowMs;
  }

  peers(): readonly Peer[] {
    return [...this.byKey.values()].map(({ peer }) => peer);
  }

  private dropMostSilent(nowMs: number): boolean {
    let heardMs = nowMs - SILENT_AFTER_MS;
    let mostSilent: string | undefined;
    for (const [key, subscriber] of this.byKey) {
      if (subscriber.heardMs >= heardMs) continue;
      heardMs = subscriber.heardMs;
      mostSilent = key;
    }
    return mostSilent !== undefined && this.byKey.delete(mostSilent);
  }
}
