/**
 * Packets in; stamped messages, requests and answers out. Knows no sockets and no threads:
 * what it needs is handed in. All work for a packet is done before `receive` returns.
 */
import type { AddressEntry, AddressTable } from '../control/address-table.js';
import type { ControlArg, Told } from '../control/coerce.js';
import { OSC_CODES, type OscErrorCode } from '../control/errors.js';
import type { EngineEvent } from '../control/events.js';
import { interpret, type LocalCommand } from '../control/interpret.js';
import type { ControlMessage, EngineRequest, StampedMessage } from '../control/messages.js';
import { nearestAddress } from '../control/nearest.js';
import type { ReplyOrder } from '../control/reply-order.js';
import type { EngineStatus } from '../control/status.js';
import { AddressIndex, PATTERN_LIMITS } from './address-index.js';
import { isPattern, type StepBudget } from './address-pattern.js';
import {
  doneAnswer,
  eventMessage,
  failAnswer,
  isAnswer,
  message,
  orderAnswer,
  statusAnswer,
  versionAnswer,
  warnAnswer,
} from './answers.js';
import type { FrameClock } from './frame-clock.js';
import { PendingRequests } from './pending-requests.js';
import { plainArg } from './plain-args.js';
import { RATES, type Sender, Senders, TokenBucket } from './rate-limit.js';
import { Subscribers } from './subscribers.js';
import type { OscMessage, OscPacket } from './wire.js';
import { decodePacket } from './wire-decode.js';
import type { Peer } from './worker-protocol.js';

export interface DispatcherPorts {
  toAudio(message: StampedMessage): void;
  toEngine(request: EngineRequest): void;
  send(message: OscMessage, to: Peer): void;
  /** Runs `action` after `delayMs`. */
  later(delayMs: number, action: () => void): void;
  subscribersChanged(subscribers: readonly Peer[]): void;
  nowMs(): number;
  readonly clock: FrameClock;
}

/** What one packet may cause, beside the limits of the wire and of patterns. */
export const PACKET_LIMITS = {
  maxApplied: 4096,
  maxAnswers: 64,
  maxSuggestions: 2,
  maxScheduled: 256,
} as const;

/** What the messages of one packet share. */
interface Packet {
  readonly sender: Sender;
  readonly budget: StepBudget;
  numApplied: number;
  numAnswers: number;
}

/** When a message applies. */
interface Due {
  readonly frame: number;
  readonly delayMs: number;
}

const AT_ONCE: Due = { frame: 0, delayMs: 0 };

export class Dispatcher {
  private index: AddressIndex;
  private status: EngineStatus | undefined;
  private readonly senders = new Senders();
  private readonly allMessages: TokenBucket;
  private readonly suggestions: TokenBucket;
  private readonly pending = new PendingRequests();
  private readonly subscribers: Subscribers;
  private readonly eventRates = new Map<string, TokenBucket>();
  private numScheduled = 0;
  private readonly counters = {
    oscPackets: 0,
    oscMessages: 0,
    oscRefused: 0,
    oscLate: 0,
    oscDropped: 0,
    oscSubscribers: 0,
  };

  constructor(
    private readonly ports: DispatcherPorts,
    private readonly version: string,
    table: AddressTable,
    subscribers: readonly Peer[] = [],
  ) {
    this.index = new AddressIndex(table);
    this.subscribers = new Subscribers(subscribers, ports.nowMs());
    this.allMessages = new TokenBucket(RATES.allMessages, ports.nowMs());
    this.suggestions = new TokenBucket(RATES.suggestions, ports.nowMs());
  }

  setTable(table: AddressTable): void {
    this.index = new AddressIndex(table);
  }

  setStatus(status: EngineStatus): void {
    this.status = status;
  }

  /** One datagram. Never throws. */
  receive(bytes: Uint8Array, from: Peer): void {
    const nowMs = this.ports.nowMs();
    const sender = this.senders.of(from, nowMs);
    this.counters.oscPackets++;
    this.subscribers.heard(from, nowMs);
    if (!this.admits(sender, bytes, nowMs)) {
      this.counters.oscDropped++;
      sender.dropped++;
      return;
    }
    const packet: Packet = {
      sender,
      budget: { steps: PATTERN_LIMITS.stepsPerPacket },
      numApplied: 0,
      numAnswers: 0,
    };
    const decoded = decodePacket(bytes);
    if (decoded.ok) this.element(packet, decoded.packet, AT_ONCE);
    else this.refuse(packet, '', decoded.code, decoded.message);
    const cost = Math.max(packet.numApplied, decoded.ok ? decoded.numMessages : 1) + extraCost(packet);
    sender.messages.charge(cost);
    this.allMessages.charge(cost);
  }

  /** The engine's answer to a request. Unknown tokens were answered or have expired. */
  answer(order: ReplyOrder): void {
    const request = this.pending.close(order.token);
    if (request === undefined) return;
    if (!order.ok) this.counters.oscRefused++;
    this.send(request.sender, orderAnswer(request.address, order));
    this.pending.settle();
  }

  broadcast(event: EngineEvent): void {
    const nowMs = this.ports.nowMs();
    let rate = this.eventRates.get(event.kind);
    if (rate === undefined) {
      rate = new TokenBucket(RATES.events, nowMs);
      this.eventRates.set(event.kind, rate);
    }
    if (!rate.take(nowMs)) return;
    const told = eventMessage(event);
    for (const peer of this.subscribers.peers()) this.ports.send(told, peer);
  }

  /** To be called a few times per second: tells what was dropped, and what was never answered. */
  tick(): void {
    const nowMs = this.ports.nowMs();
    for (const request of this.pending.expire(nowMs)) {
      this.counters.oscRefused++;
      const { summary } = OSC_CODES.OSC_NO_ANSWER;
      this.send(request.sender, failAnswer(request.address, 'OSC_NO_ANSWER', summary));
    }
    this.pending.settle();
    for (const sender of this.senders) this.tellSkipped(sender, nowMs);
  }

  private admits(sender: Sender, bytes: Uint8Array, nowMs: number): boolean {
    if (sender.messages.has(nowMs) && this.allMessages.has(nowMs)) return true;
    return isSafety(bytes) && sender.safety.take(nowMs);
  }

  private element(packet: Packet, element: OscPacket, outer: Due): void {
    if (element.kind === 'message') {
      this.message(packet, element, outer);
      return;
    }
    const stamp = this.ports.clock.stamp(element.timeTag);
    if (!stamp.ok) {
      this.refuse(packet, '#bundle', stamp.refusal.code, stamp.refusal.message);
      return;
    }
    if (stamp.warning) this.untimely(packet, stamp.warning);
    const isInherited = stamp.frame === 0 && stamp.warning === undefined;
    for (const inner of element.elements) this.element(packet, inner, isInherited ? outer : stamp);
  }

  private untimely(packet: Packet, warning: Told): void {
    if (warning.code !== 'OSC_LATE') {
      this.tell(packet, warnAnswer('#bundle', warning));
      return;
    }
    this.counters.oscLate++;
    // The first is told at once, the rest as a number by `tick`.
    if (packet.sender.late++ === 0) this.tell(packet, warnAnswer('#bundle', warning));
  }

  private message(packet: Packet, { address, args }: OscMessage, due: Due): void {
    this.counters.oscMessages++;
    if (isAnswer(address)) return;
    const entry = this.index.get(address);
    if (entry !== undefined) this.apply(packet, entry, args.map(plainArg), due);
    else if (isPattern(address)) this.applyPattern(packet, address, args.map(plainArg), due);
    else this.refuseUnknown(packet, address);
  }

  private applyPattern(packet: Packet, pattern: string, args: readonly ControlArg[], due: Due): void {
    const match = this.index.match(pattern, packet.budget);
    if (!match.ok) {
      this.refuse(packet, pattern, match.code, `The pattern cannot be used: ${match.reason}.`);
      return;
    }
    if (match.entries.length === 0)
      this.refuse(packet, pattern, 'OSC_NO_MATCH', 'No param and no action matches this pattern.');
    for (const entry of match.entries) {
      if (packet.numApplied >= PACKET_LIMITS.maxApplied) {
        const sentence = `The patterns of this packet match more than ${PACKET_LIMITS.maxApplied} addresses; the rest was left out.`;
        this.refuse(packet, pattern, 'OSC_PATTERN_TOO_COSTLY', sentence);
        return;
      }
      this.apply(packet, entry, args, due);
    }
  }

  private apply(packet: Packet, entry: AddressEntry, args: readonly ControlArg[], due: Due): void {
    packet.numApplied++;
    const { address } = entry;
    const meaning = interpret(entry, args);
    switch (meaning.kind) {
      case 'nothing':
        return;
      case 'refusal':
        this.refuse(packet, address, meaning.refusal.code, meaning.refusal.message);
        return;
      case 'control':
        if (meaning.warning) this.tell(packet, warnAnswer(address, meaning.warning));
        if (meaning.wantsReply) this.postAction(packet, address, meaning.message, due);
        else this.ports.toAudio({ frame: due.frame, message: meaning.message });
        if (meaning.message.kind === 'panic') this.tell(packet, doneAnswer(address));
        return;
      case 'request':
        this.atTime(packet, address, due, () => this.request(packet, address, meaning.request));
        return;
      case 'local':
        this.atTime(packet, address, due, () => this.local(packet, meaning.local));
    }
  }

  private postAction(packet: Packet, address: string, action: ControlMessage, due: Due): void {
    const token = this.open(packet, address, due.delayMs);
    if (token === undefined) return;
    const replyTo = { via: 'osc', token, address } as const;
    this.ports.toAudio({ frame: due.frame, message: { ...action, replyTo } as ControlMessage });
  }

  private request(packet: Packet, address: string, request: EngineRequest): void {
    const token = this.open(packet, address, 0);
    if (token === undefined) return;
    this.ports.toEngine({ ...request, replyTo: { via: 'osc', token, address } });
  }

  private local(packet: Packet, local: LocalCommand): void {
    switch (local.command) {
      case '/status':
        this.counters.oscSubscribers = this.subscribers.size;
        if (this.status) this.tell(packet, statusAnswer(this.status, this.counters));
        else this.refuse(packet, '/status', 'OSC_NOT_READY', OSC_CODES.OSC_NOT_READY.summary);
        return;
      case '/version':
        this.tell(packet, versionAnswer(this.version));
        return;
      case '/sync': {
        const synced = message('/synced', syncArg(local.id));
        if (!this.pending.whenSettled(() => this.send(packet.sender, synced)))
          this.refuseBusy(packet, '/sync');
        return;
      }
      case '/notify':
        this.notify(packet, local.on);
    }
  }

  private notify(packet: Packet, on: boolean): void {
    const { peer } = packet.sender;
    if (on && !this.subscribers.add(peer, this.ports.nowMs())) {
      const { summary } = OSC_CODES.OSC_TOO_MANY_SUBSCRIBERS;
      this.refuse(packet, '/notify', 'OSC_TOO_MANY_SUBSCRIBERS', summary);
      return;
    }
    if (!on) this.subscribers.remove(peer);
    this.ports.subscribersChanged(this.subscribers.peers());
    this.tell(packet, doneAnswer('/notify'));
  }

  /** Commands are no audio: in a timed bundle they wait here, to the millisecond. */
  private atTime(packet: Packet, address: string, due: Due, action: () => void): void {
    if (due.delayMs === 0) {
      action();
      return;
    }
    if (this.numScheduled >= PACKET_LIMITS.maxScheduled) {
      this.refuseBusy(packet, address);
      return;
    }
    this.numScheduled++;
    this.ports.later(due.delayMs, () => {
      this.numScheduled--;
      action();
    });
  }

  private open(packet: Packet, address: string, delayMs: number): number | undefined {
    const token = this.pending.open(packet.sender, address, this.ports.nowMs(), delayMs);
    if (token === undefined) this.refuseBusy(packet, address);
    return token;
  }

  private refuseBusy(packet: Packet, address: string): void {
    this.refuse(packet, address, 'OSC_BUSY', OSC_CODES.OSC_BUSY.summary);
  }

  private refuseUnknown(packet: Packet, address: string): void {
    let hint = '';
    if (packet.numAnswers < PACKET_LIMITS.maxAnswers && this.suggestions.take(this.ports.nowMs())) {
      const nearest = nearestAddress(address, this.index.addresses());
      if (nearest !== undefined) hint = ` Did you mean ${nearest}?`;
    }
    this.refuse(packet, address, 'OSC_UNKNOWN_ADDRESS', `Nothing has this address.${hint}`);
  }

  private refuse(packet: Packet, address: string, code: OscErrorCode, sentence: string): void {
    this.counters.oscRefused++;
    if (packet.numAnswers < PACKET_LIMITS.maxAnswers) this.tell(packet, failAnswer(address, code, sentence));
    else packet.sender.skipped++;
  }

  private tell(packet: Packet, answer: OscMessage): void {
    if (packet.numAnswers++ < PACKET_LIMITS.maxAnswers) this.send(packet.sender, answer);
    else packet.sender.skipped++;
  }

  private send(sender: Sender, answer: OscMessage): void {
    if (sender.answers.take(this.ports.nowMs())) this.ports.send(answer, sender.peer);
    else sender.skipped++;
  }

  private tellSkipped(sender: Sender, nowMs: number): void {
    const told: Told[] = [];
    if (sender.dropped > 0)
      told.push({
        code: 'OSC_RATE_LIMIT',
        message: `${sender.dropped} packets dropped: at most ${RATES.messages.perSecond} messages per second.`,
      });
    if (sender.skipped > 0)
      told.push({ code: 'OSC_REPLIES_SKIPPED', message: `${sender.skipped} answers were not sent.` });
    if (sender.late > 1)
      told.push({ code: 'OSC_LATE', message: `${sender.late - 1} more bundles came late; applied at once.` });
    sender.dropped = 0;
    sender.skipped = 0;
    sender.late = 0;
    for (const warning of told)
      if (sender.answers.take(nowMs)) this.ports.send(warnAnswer('', warning), sender.peer);
  }
}

/** Matching, charged as the messages that take as long. */
function extraCost(packet: Packet): number {
  return Math.floor((PATTERN_LIMITS.stepsPerPacket - packet.budget.steps) / 100);
}

const PANIC = Buffer.from('/panic\0');
const MASTER = Buffer.from('/master/');

/** What must get through whatever else is sent: told from its first bytes, before decoding. */
function isSafety(bytes: Uint8Array): boolean {
  return startsWith(bytes, PANIC) || startsWith(bytes, MASTER);
}

function startsWith(bytes: Uint8Array, head: Uint8Array): boolean {
  for (let i = 0; i < head.length; i++) if (bytes[i] !== head[i]) return false;
  return true;
}

function syncArg(id: number) {
  return (id | 0) === id ? ({ type: 'i', value: id } as const) : ({ type: 'd', value: id } as const);
}
