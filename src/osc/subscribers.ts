/**
 * Who is told of events, values and the log. UDP never says that a listener is gone, so silent ones give way when the
 * list is full.
 */
import { isHeard, type LogLevel } from '../control/log-lines.js';
import { peerKey } from './rate-limit.js';
import type { Peer, Subscriber, ValueWatch } from './worker-protocol.js';

export const MAX_SUBSCRIBERS = 32;
/** A subscriber not heard of for this long may be replaced by a new one. */
export const SILENT_AFTER_MS = 60_000;

interface Entry {
  readonly peer: Peer;
  heardMs: number;
  events: boolean;
  log: LogLevel | undefined;
  watches: readonly ValueWatch[];
}

export class Subscribers {
  private readonly byKey = new Map<string, Entry>();

  constructor(subscribers: readonly Subscriber[], nowMs: number) {
    for (const { events, log, watches, ...peer } of subscribers.slice(0, MAX_SUBSCRIBERS)) {
      const entry = this.entry(peer, nowMs)!;
      entry.events = events ?? true;
      entry.log = log;
      entry.watches = watches ?? [];
    }
  }

  get size(): number {
    return this.byKey.size;
  }

  /** To events. False when the list is full of subscribers heard of lately. */
  add(peer: Peer, nowMs: number): boolean {
    const entry = this.entry(peer, nowMs);
    if (entry === undefined) return false;
    entry.events = true;
    return true;
  }

  /** From events. False when it was none. */
  remove(peer: Peer): boolean {
    const entry = this.byKey.get(peerKey(peer));
    if (entry === undefined || !entry.events) return false;
    entry.events = false;
    this.leaveIfIdle(entry);
    return true;
  }

  /** False when the list is full. Without a level it ends. */
  setLog(peer: Peer, level: LogLevel | undefined, nowMs: number): boolean {
    if (level === undefined && !this.byKey.has(peerKey(peer))) return true;
    const entry = this.entry(peer, nowMs);
    if (entry === undefined) return false;
    entry.log = level;
    this.leaveIfIdle(entry);
    return true;
  }

  watches(peer: Peer): readonly ValueWatch[] {
    return this.byKey.get(peerKey(peer))?.watches ?? [];
  }

  /** In the place of the ones before. False when the list is full. */
  setWatches(peer: Peer, watches: readonly ValueWatch[], nowMs: number): boolean {
    if (watches.length === 0 && !this.byKey.has(peerKey(peer))) return true;
    const entry = this.entry(peer, nowMs);
    if (entry === undefined) return false;
    entry.watches = watches;
    this.leaveIfIdle(entry);
    return true;
  }

  /** From everything. */
  forget(peer: Peer): void {
    this.byKey.delete(peerKey(peer));
  }

  heard(peer: Peer, nowMs: number): void {
    if (this.byKey.size === 0) return;
    const subscriber = this.byKey.get(peerKey(peer));
    if (subscriber !== undefined) subscriber.heardMs = nowMs;
  }

  /** Of events. */
  peers(): readonly Peer[] {
    return [...this.byKey.values()].filter(({ events }) => events).map(({ peer }) => peer);
  }

  /** Who hears lines of `level`. */
  logPeers(level: LogLevel): readonly Peer[] {
    const asked = [...this.byKey.values()].filter(({ log }) => log !== undefined && isHeard(level, log));
    return asked.map(({ peer }) => peer);
  }

  watching(): readonly { readonly peer: Peer; readonly watches: readonly ValueWatch[] }[] {
    return [...this.byKey.values()].filter(({ watches }) => watches.length > 0);
  }

  /** Those that outlive the engine: a connection does not. */
  list(): readonly Subscriber[] {
    return [...this.byKey.values()]
      .filter(({ peer }) => peer.via === undefined)
      .map(({ peer, events, log, watches }) => ({
        ...peer,
        ...(!events && { events }),
        ...(log !== undefined && { log }),
        ...(watches.length > 0 && { watches }),
      }));
  }

  private entry(peer: Peer, nowMs: number): Entry | undefined {
    const key = peerKey(peer);
    const known = this.byKey.get(key);
    if (known !== undefined) {
      known.heardMs = nowMs;
      return known;
    }
    if (this.byKey.size >= MAX_SUBSCRIBERS && !this.dropMostSilent(nowMs)) return undefined;
    const entry: Entry = { peer, heardMs: nowMs, events: false, log: undefined, watches: [] };
    this.byKey.set(key, entry);
    return entry;
  }

  private leaveIfIdle({ peer, events, log, watches }: Entry): void {
    if (!events && log === undefined && watches.length === 0) this.forget(peer);
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
