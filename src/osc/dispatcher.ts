/**
 * Packets in; stamped messages, requests and answers out. Knows no sockets and no threads:
 * what it needs is handed in. All work for a packet is done before `receive` returns.
 */
import type { AddressEntry, AddressTable } from '../control/address-table.js';
import type { ControlArg, Told } from '../control/coerce.js';
import { COMMANDS } from '../control/commands.js';
import { OSC_CODES, type OscErrorCode } from '../control/errors.js';
import type { EngineEvent } from '../control/events.js';
import { interpret, type LocalCommand } from '../control/interpret.js';
import type { ControlMessage, EngineRequest, GraphTransaction, StampedMessage } from '../control/messages.js';
import { nearestAddress } from '../control/nearest.js';
import type { ReplyOrder } from '../control/reply-order.js';
import type { EngineStatus } from '../control/status.js';
import type { OscCounters } from '../control/status-fields.js';
import { AddressIndex } from './address-index.js';
import { isPattern } from './address-pattern.js';
import {
  doneAnswer,
  eventMessage,
  isAnswer,
  orderAnswer,
  statusAnswer,
  syncedAnswer,
  versionAnswer,
} from './answers.js';
import type { FrameClock } from './frame-clock.js';
import { Listening } from './listening.js';
import { Outbox, PacketScope } from './outbox.js';
import { PendingRequests } from './pending-requests.js';
import { plainArg } from './plain-args.js';
import { RATES, type Sender, Senders, TokenBucket } from './rate-limit.js';
import { Schedule } from './schedule.js';
import { Subscribers } from './subscribers.js';
import type { Due, Transaction } from './transactions.js';
import type { ValueChanges } from './value-board.js';
import { IMMEDIATELY, type OscMessage, type OscPacket } from './wire.js';
import { decodePacket } from './wire-decode.js';
import type { Peer, Subscriber } from './worker-protocol.js';

export interface DispatcherPorts {
  /** False when the audio thread is too far behind to be given more: the message is refused. */
  toAudio(message: StampedMessage): boolean;
  toEngine(request: EngineRequest): void;
  toGraph(transaction: GraphTransaction): void;
  send(message: OscMessage, to: Peer): void;
  /** Runs `action` after `delayMs`. */
  later(delayMs: number, action: () => void): void;
  /** Whether the way to a peer has room for what it did not ask for; always when left out. */
  accepts?(to: Peer): boolean;
  subscribersChanged(subscribers: readonly Subscriber[]): void;
  nowMs(): number;
  readonly clock: FrameClock;
  /** What the sockets have counted; left out where there are none. */
  wireCounters?(): WireCounters;
}

export type WireCounters = Omit<
  OscCounters,
  'oscPackets' | 'oscMessages' | 'oscRefused' | 'oscLate' | 'oscDropped' | 'oscSubscribers'
>;

const NO_WIRE: WireCounters = {
  oscForeign: 0,
  oscTcpPort: 0,
  oscConnections: 0,
  oscHandlingUs: 0,
  oscHandlingP99Us: 0,
  oscHandlingWorstUs: 0,
};

/** Addresses that the messages of one packet may be applied to, patterns included. */
export const MAX_APPLIED_PER_PACKET = 4096;

const AT_ONCE: Due = { timeTag: IMMEDIATELY, frame: 0, delayMs: 0 };

export class Dispatcher {
  private index: AddressIndex;
  private readonly voices = new Map<string, AddressTable>();
  private status: EngineStatus | undefined;
  private readonly outbox: Outbox;
  private readonly senders = new Senders();
  private readonly pending = new PendingRequests();
  private readonly schedule: Schedule;
  private readonly subscribers: Subscribers;
  private readonly listening: Listening;
  private readonly logLines: TokenBucket;
  private logLinesLeftOut = 0;
  private readonly allMessages: TokenBucket;
  private readonly suggestions: TokenBucket;
  private readonly eventRates = new Map<string, TokenBucket>();
  private numPackets = 0;
  private numMessages = 0;
  private numLate = 0;
  private numDropped = 0;

  constructor(
    private readonly ports: DispatcherPorts,
    private readonly version: string,
    table: AddressTable,
    subscribers: readonly Subscriber[] = [],
  ) {
    const nowMs = ports.nowMs();
    this.index = new AddressIndex(table);
    this.outbox = new Outbox(ports, (address, code, sentence) =>
      this.log({ kind: 'log', level: 'debug', code, message: `${address} ${sentence}`.trim() }),
    );
    this.schedule = new Schedule(ports);
    this.subscribers = new Subscribers(subscribers, nowMs);
    this.listening = new Listening(ports, this.subscribers, this.index);
    this.logLines = new TokenBucket(RATES.log, nowMs);
    this.allMessages = new TokenBucket(RATES.allMessages, nowMs);
    this.suggestions = new TokenBucket(RATES.suggestions, nowMs);
  }

  setTable(table: AddressTable): void {
    this.index = new AddressIndex(table);
    for (const entries of this.voices.values()) this.index.add(entries);
    this.listening.setIndex(this.index);
  }

  /** The addresses of one voice, beside the table; none when it has ended. Costs what the voice has, not what all have. */
  setVoice(voice: string, table: AddressTable = []): void {
    this.index.remove(this.voices.get(voice) ?? []);
    this.voices.delete(voice);
    if (table.length > 0) {
      this.voices.set(voice, table);
      this.index.add(table);
    }
    this.listening.setIndex(this.index);
  }

  /** What params hold: some of them, or, when `isWhole`, all there are. */
  setValues(changes: ValueChanges, isWhole: boolean): void {
    this.listening.tellValues(changes, isWhole);
  }

  setStatus(status: EngineStatus): void {
    this.status = status;
  }

  /** One packet. Never throws. */
  receive(bytes: Uint8Array, from: Peer): void {
    const nowMs = this.ports.nowMs();
    const sender = this.senders.of(from, nowMs);
    this.numPackets++;
    this.subscribers.heard(from, nowMs);
    if (!this.admits(sender, bytes, nowMs)) {
      this.numDropped++;
      sender.dropped++;
      return;
    }
    const scope = new PacketScope(sender, this.outbox);
    const decoded = decodePacket(bytes);
    if (decoded.ok) this.element(scope, decoded.packet, AT_ONCE);
    else scope.refuse('', decoded.code, decoded.message);
    for (const [due, transaction] of scope.transactions.entries()) this.transact(scope, transaction, due);
    const cost = Math.max(scope.numApplied, decoded.ok ? decoded.numMessages : 1) + scope.extraCost;
    sender.messages.charge(cost);
    this.allMessages.charge(cost);
  }

  /** The engine's answer to a request. Unknown tokens were answered or have expired. */
  answer(order: ReplyOrder): void {
    const request = this.pending.close(order.token);
    if (request === undefined) return;
    if (!order.ok) this.outbox.numRefused++;
    this.outbox.send(request.sender, orderAnswer(request.address, order));
    this.pending.settle();
  }

  /** The connection of `peer` is closed. */
  gone(peer: Peer): void {
    this.senders.forget(peer);
    this.subscribers.forget(peer);
    this.listening.gone(peer);
  }

  broadcast(event: EngineEvent): void {
    if (event.kind === 'log') {
      this.log(event);
      return;
    }
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

  private log(line: Extract<EngineEvent, { kind: 'log' }>): void {
    const peers = this.subscribers.logPeers(line.level);
    if (peers.length === 0) return;
    if (!this.logLines.take(this.ports.nowMs())) {
      this.logLinesLeftOut++;
      return;
    }
    const told = eventMessage(line);
    for (const peer of peers) this.ports.send(told, peer);
  }

  /** To be called a few times per second: tells what was dropped, and what was never answered. */
  tick(): void {
    for (const { sender, address } of this.pending.expire(this.ports.nowMs()))
      this.outbox.refuse(sender, address, 'OSC_NO_ANSWER');
    this.pending.settle();
    for (const sender of this.senders) this.outbox.tellSkipped(sender);
    const { logLinesLeftOut } = this;
    this.logLinesLeftOut = 0;
    if (logLinesLeftOut > 0)
      this.log({ kind: 'log', level: 'warn', code: '', message: `${logLinesLeftOut} lines were left out.` });
  }

  private admits(sender: Sender, bytes: Uint8Array, nowMs: number): boolean {
    if (sender.messages.has(nowMs) && this.allMessages.has(nowMs)) return true;
    return isSafety(bytes) && sender.safety.take(nowMs);
  }

  private element(scope: PacketScope, element: OscPacket, outer: Due): void {
    if (element.kind === 'message') {
      this.message(scope, element, outer);
      return;
    }
    const { timeTag } = element;
    const stamp = this.ports.clock.stamp(timeTag);
    if (!stamp.ok) {
      scope.refuse('#bundle', stamp.refusal.code, stamp.refusal.message);
      return;
    }
    const { frame, delayMs, warning } = stamp;
    if (warning) this.untimely(scope, warning);
    const isInherited = frame === 0 && warning === undefined;
    const due = isInherited ? outer : { timeTag, frame, delayMs };
    for (const inner of element.elements) this.element(scope, inner, due);
  }

  private untimely(scope: PacketScope, warning: Told): void {
    if (warning.code === 'OSC_LATE') {
      this.numLate++;
      // The first is told at once, the rest as a number by `tick`.
      if (scope.sender.late++ > 0) return;
    }
    scope.warn('#bundle', warning);
  }

  private message(scope: PacketScope, { address, args }: OscMessage, due: Due): void {
    this.numMessages++;
    if (isAnswer(address)) return;
    const entry = this.index.get(address);
    if (entry !== undefined) this.apply(scope, entry, args.map(plainArg), due);
    else if (isPattern(address)) this.applyPattern(scope, address, args.map(plainArg), due);
    else {
      if (address.startsWith('/graph/')) scope.transactions.of(due).isBroken = true;
      this.refuseUnknown(scope, address);
    }
  }

  private applyPattern(scope: PacketScope, pattern: string, args: readonly ControlArg[], due: Due): void {
    const match = this.index.match(pattern, scope.budget);
    if (!match.ok) {
      scope.refuse(pattern, match.code, `The pattern cannot be used: ${match.reason}.`);
      return;
    }
    if (match.entries.length === 0)
      scope.refuse(pattern, 'OSC_NO_MATCH', 'No param and no action matches this pattern.');
    for (const entry of match.entries) {
      if (scope.numApplied >= MAX_APPLIED_PER_PACKET) {
        const sentence = `The patterns of this packet match more than ${MAX_APPLIED_PER_PACKET} addresses; the rest was left out.`;
        scope.refuse(pattern, 'OSC_PATTERN_TOO_COSTLY', sentence);
        return;
      }
      this.apply(scope, entry, args, due);
    }
  }

  private apply(scope: PacketScope, entry: AddressEntry, args: readonly ControlArg[], due: Due): void {
    scope.numApplied++;
    const { address } = entry;
    const meaning = interpret(entry, args);
    switch (meaning.kind) {
      case 'nothing':
        return;
      case 'refusal':
        if (isEdit(entry)) scope.transactions.of(due).isBroken = true;
        scope.refuse(address, meaning.refusal.code, meaning.refusal.message);
        return;
      case 'control':
        if (meaning.warning) scope.warn(address, meaning.warning);
        if (meaning.message.kind === 'action') this.postAction(scope, address, meaning.message, due);
        else if (!this.post(meaning.message, due)) scope.refuse(address, 'OSC_BUSY');
        else if (meaning.message.kind === 'panic') scope.tell(doneAnswer(address));
        else if (due.frame === 0) this.noteAsked(address, meaning.message);
        return;
      case 'request':
        this.atTime(scope, address, due, () => this.request(scope, address, meaning.request));
        return;
      case 'edit':
        scope.transactions.of(due).edits.push({ address, edit: meaning.edit });
        return;
      case 'local':
        this.atTime(scope, address, due, () => this.local(scope, meaning.local));
    }
  }

  /** Before the engine tells it: whoever sets a value and asks for it gets it. */
  private noteAsked(address: string, message: ControlMessage): void {
    const { board } = this.listening;
    if (message.kind === 'param') board.ask(address, message.value, this.ports.nowMs());
    else if (message.kind === 'master-gain') board.ask(address, message.gainDb, this.ports.nowMs());
    else if (message.kind === 'master-mute') board.ask(address, message.muted, this.ports.nowMs());
  }

  /** False when too much is scheduled, or waits for the audio thread; what that refuses at its time is counted. */
  private post(message: ControlMessage, due: Due): boolean {
    let isTaken = true;
    const isScheduled = this.schedule.handOver(due.delayMs, (isHeld) => {
      isTaken = this.ports.toAudio({ frame: this.frameOf(due, isHeld), message });
      if (isHeld && !isTaken) this.outbox.noteRefused('', 'OSC_BUSY', OSC_CODES.OSC_BUSY.summary);
    });
    return isScheduled && isTaken;
  }

  private postAction(
    scope: PacketScope,
    address: string,
    action: Extract<ControlMessage, { kind: 'action' }>,
    due: Due,
  ): void {
    const token = this.pending.open(scope.sender, address, this.ports.nowMs(), due.delayMs);
    if (token === undefined) {
      scope.refuse(address, 'OSC_BUSY');
      return;
    }
    if (this.post({ ...action, replyTo: { via: 'osc', token, address } }, due)) return;
    this.pending.close(token);
    scope.refuse(address, 'OSC_BUSY');
  }

  private request(scope: PacketScope, address: string, request: EngineRequest): void {
    const token = this.pending.open(scope.sender, address, this.ports.nowMs(), 0);
    if (token === undefined) scope.refuse(address, 'OSC_BUSY');
    else this.ports.toEngine({ ...request, replyTo: { via: 'osc', token, address } });
  }

  /** Handed over before their time: what is new must be prepared. */
  private transact(scope: PacketScope, { edits, isBroken }: Transaction, due: Due): void {
    const tokens: number[] = [];
    const refuse = (code: OscErrorCode): void => {
      for (const token of tokens) this.pending.close(token);
      for (const { address } of edits) scope.refuse(address, code);
    };
    if (edits.length === 0) return;
    if (isBroken) {
      refuse('OSC_ROLLED_BACK');
      return;
    }
    const nowMs = this.ports.nowMs();
    for (const { address } of edits) {
      const token = this.pending.open(scope.sender, address, nowMs, due.delayMs);
      if (token === undefined) {
        refuse('OSC_BUSY');
        return;
      }
      tokens.push(token);
    }
    const asked = edits.map(({ address, edit }, i) => ({
      ...edit,
      replyTo: { via: 'osc', token: tokens[i]!, address } as const,
    }));
    const isTaken = this.schedule.handOver(due.delayMs, (isHeld) =>
      this.ports.toGraph({ edits: asked, frame: this.frameOf(due, isHeld) }),
    );
    if (!isTaken) refuse('OSC_BUSY');
  }

  /** Stamped anew where it was held: the clocks may have drifted. */
  private frameOf({ timeTag, frame }: Due, isHeld: boolean): number {
    const stamp = isHeld ? this.ports.clock.stamp(timeTag) : undefined;
    return stamp?.ok ? stamp.frame : frame;
  }

  private local(scope: PacketScope, local: LocalCommand): void {
    switch (local.command) {
      case '/status':
        if (this.status) scope.tell(statusAnswer(this.status, this.counters()));
        else scope.refuse('/status', 'OSC_NOT_READY');
        return;
      case '/version':
        scope.tell(versionAnswer(this.version));
        return;
      case '/sync': {
        const synced = (): void => this.outbox.send(scope.sender, syncedAnswer(local.id));
        if (!this.pending.whenSettled(synced)) scope.refuse('/sync', 'OSC_BUSY');
        return;
      }
      case '/notify':
        this.notify(scope, local.on);
        return;
      default:
        this.listening.obey(scope, local);
    }
  }

  private notify(scope: PacketScope, on: boolean): void {
    const { peer } = scope.sender;
    if (on && !this.subscribers.add(peer, this.ports.nowMs())) {
      scope.refuse('/notify', 'OSC_TOO_MANY_SUBSCRIBERS');
      return;
    }
    if (!on) this.subscribers.remove(peer);
    this.ports.subscribersChanged(this.subscribers.list());
    scope.tell(doneAnswer('/notify'));
  }

  /** Requests and queries are no audio: in a timed bundle they wait here, to the millisecond. */
  private atTime(scope: PacketScope, address: string, due: Due, action: () => void): void {
    if (!this.schedule.at(due.delayMs, action)) scope.refuse(address, 'OSC_BUSY');
  }

  private refuseUnknown(scope: PacketScope, address: string): void {
    let hint = '';
    if (scope.mayAnswer && this.suggestions.take(this.ports.nowMs())) {
      const nearest = nearestAddress(address, this.index.addresses());
      if (nearest !== undefined) hint = ` Did you mean ${nearest}?`;
    }
    scope.refuse(address, 'OSC_UNKNOWN_ADDRESS', `Nothing has this address.${hint}`);
  }

  counters(): OscCounters {
    return {
      oscPackets: this.numPackets,
      oscMessages: this.numMessages,
      oscRefused: this.outbox.numRefused,
      oscLate: this.numLate,
      oscDropped: this.numDropped,
      ...(this.ports.wireCounters?.() ?? NO_WIRE),
      oscSubscribers: this.subscribers.size,
    };
  }
}

function isEdit({ target }: AddressEntry): boolean {
  return target.kind === 'command' && COMMANDS[target.command].doneBy === 'graph';
}

const SAFETY_HEADS = [Buffer.from('/panic\0'), Buffer.from('/master/')];

/** What must get through whatever else is sent: told from its first bytes, before decoding. */
function isSafety(bytes: Uint8Array): boolean {
  return SAFETY_HEADS.some((head) => head.every((byte, k) => bytes[k] === byte));
}
