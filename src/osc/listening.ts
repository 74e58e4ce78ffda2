/** Does `/get`, `/subscribe`, `/unsubscribe` and `/log`: what somebody wants to know, now or from now on. */
import type { ParamSetting } from '../../graph/index.js';
import type { AddressEntry } from '../control/address-table.js';
import type { ListeningCommand } from '../control/interpret.js';
import { LOG_LEVELS } from '../control/log-lines.js';
import { type AddressIndex, PATTERN_LIMITS } from './address-index.js';
import { isPattern, type StepBudget } from './address-pattern.js';
import { doneAnswer, message, settingArg } from './answers.js';
import type { PacketScope } from './outbox.js';
import type { Subscribers } from './subscribers.js';
import { ValueBoard, type ValueChanges } from './value-board.js';
import { type PushPorts, ValuePushes } from './value-pushes.js';
import type { OscArg } from './wire.js';
import type { Peer, Subscriber, ValueWatch } from './worker-protocol.js';

export const LISTENING_LIMITS = {
  /** Addresses and patterns that one subscriber follows. */
  watches: 64,
  /** Addresses that they match together. */
  addresses: 4096,
} as const;
export const INTERVAL_MS = { min: 5, max: 60_000, default: 20 } as const;

export interface ListeningPorts extends PushPorts {
  subscribersChanged(subscribers: readonly Subscriber[]): void;
}

type Found =
  | { readonly ok: true; readonly entries: readonly AddressEntry[] }
  | {
      readonly ok: false;
      readonly code: 'OSC_UNKNOWN_ADDRESS' | 'OSC_NO_VALUE' | 'OSC_BAD_PATTERN' | 'OSC_PATTERN_TOO_COSTLY';
      readonly reason: string;
    };

export class Listening {
  readonly board = new ValueBoard();
  private readonly pushes: ValuePushes;

  constructor(
    private readonly ports: ListeningPorts,
    private readonly subscribers: Subscribers,
    private index: AddressIndex,
  ) {
    this.pushes = new ValuePushes(ports, (address) => this.argOf(address, this.board.valueOf(address)));
    this.setIndex(index);
  }

  /** Other addresses: what patterns match is found anew. */
  setIndex(index: AddressIndex): void {
    this.index = index;
    for (const { peer, watches } of this.subscribers.watching())
      this.pushes.follow(peer, this.resolve(watches));
  }

  tellValues(changes: ValueChanges, isWhole: boolean): void {
    this.pushes.changed(this.board.tell(changes, isWhole));
  }

  gone(peer: Peer): void {
    this.pushes.forget(peer);
  }

  obey(scope: PacketScope, command: ListeningCommand): void {
    switch (command.command) {
      case '/get':
        this.get(scope, command.address);
        return;
      case '/subscribe':
        this.subscribe(scope, command.address, command.minIntervalMs);
        return;
      case '/unsubscribe':
        this.unsubscribe(scope, command.address);
        return;
      case '/log':
        this.log(scope, command.level);
    }
  }

  private get(scope: PacketScope, address: string): void {
    const found = this.find(address, scope.budget);
    if (!found.ok) return void scope.refuse('/get', found.code, found.reason);
    if (found.entries.length === 0)
      return void scope.refuse('/get', 'OSC_NO_MATCH', `No param matches ${address}.`);
    for (const entry of found.entries) {
      const arg = this.argOf(entry.address, this.board.latestOf(entry.address, this.ports.nowMs()));
      if (arg === undefined) return void scope.refuse('/get', 'OSC_NOT_READY');
      scope.tell(message('/get.reply', { type: 's', value: entry.address }, arg));
    }
  }

  private subscribe(scope: PacketScope, what: string, asked: number = INTERVAL_MS.default): void {
    const found = this.find(what, scope.budget);
    if (!found.ok) return void scope.refuse('/subscribe', found.code, found.reason);
    const { peer } = scope.sender;
    const others = this.subscribers.watches(peer).filter((watch) => watch.what !== what);
    if (others.length >= LISTENING_LIMITS.watches)
      return void scope.refuse(
        '/subscribe',
        'OSC_TOO_MANY_SUBSCRIPTIONS',
        `${LISTENING_LIMITS.watches} addresses and patterns are followed already.`,
      );
    const minIntervalMs = Math.min(INTERVAL_MS.max, Math.max(INTERVAL_MS.min, asked));
    if (minIntervalMs !== asked)
      scope.warn('/subscribe', {
        code: 'OSC_CLAMPED',
        message: `minIntervalMs ${asked} is outside the allowed range ${INTERVAL_MS.min} to ${INTERVAL_MS.max}; set to ${minIntervalMs}.`,
      });
    this.setWatches(scope, '/subscribe', [...others, { what, minIntervalMs }], found.entries.length);
  }

  private unsubscribe(scope: PacketScope, what: string | undefined): void {
    const before = this.subscribers.watches(scope.sender.peer);
    const kept = what === undefined ? [] : before.filter((watch) => watch.what !== what);
    this.setWatches(scope, '/unsubscribe', kept, before.length - kept.length);
  }

  /** Answers with a number: what was begun or ended. */
  private setWatches(
    scope: PacketScope,
    command: '/subscribe' | '/unsubscribe',
    watches: readonly ValueWatch[],
    count: number,
  ): void {
    const { peer } = scope.sender;
    if (!this.subscribers.setWatches(peer, watches, this.ports.nowMs()))
      return void scope.refuse(command, 'OSC_TOO_MANY_SUBSCRIBERS');
    this.ports.subscribersChanged(this.subscribers.list());
    scope.tell(doneAnswer(command, [count]));
    this.pushes.follow(peer, this.resolve(watches));
  }

  private log(scope: PacketScope, asked: string): void {
    const level = LOG_LEVELS.find((each) => each === asked);
    if (level === undefined && asked !== 'off')
      return void scope.refuse(
        '/log',
        'OSC_BAD_OPTION',
        `level takes one of ${LOG_LEVELS.join(', ')}, off; not ${asked.slice(0, 40)}.`,
      );
    if (!this.subscribers.setLog(scope.sender.peer, level, this.ports.nowMs()))
      return void scope.refuse('/log', 'OSC_TOO_MANY_SUBSCRIBERS');
    this.ports.subscribersChanged(this.subscribers.list());
    scope.tell(doneAnswer('/log'));
  }

  private argOf(address: string, value: ParamSetting | undefined): OscArg | undefined {
    const target = this.index.get(address)?.target;
    if (value === undefined || (target?.kind !== 'param' && target?.kind !== 'master')) return undefined;
    return settingArg(value, target.spec.type);
  }

  /** The addresses with their intervals; of two the shorter. */
  private resolve(watches: readonly ValueWatch[]): ReadonlyMap<string, number> {
    const budget: StepBudget = { steps: PATTERN_LIMITS.stepsPerPacket };
    const addresses = new Map<string, number>();
    for (const { what, minIntervalMs } of watches) {
      const found = this.find(what, budget);
      if (!found.ok) continue;
      for (const { address } of found.entries) {
        if (addresses.size >= LISTENING_LIMITS.addresses && !addresses.has(address)) return addresses;
        addresses.set(address, Math.min(minIntervalMs, addresses.get(address) ?? minIntervalMs));
      }
    }
    return addresses;
  }

  /** What has a value, by address or pattern. A pattern may match nothing yet. */
  private find(what: string, budget: StepBudget): Found {
    const entry = this.index.get(what);
    if (entry !== undefined)
      return hasValue(entry)
        ? { ok: true, entries: [entry] }
        : { ok: false, code: 'OSC_NO_VALUE', reason: `${what} has no value: it is no param.` };
    if (!isPattern(what) || !what.startsWith('/'))
      return {
        ok: false,
        code: 'OSC_UNKNOWN_ADDRESS',
        reason: `Nothing has the address ${what.slice(0, 100)}.`,
      };
    const match = this.index.match(what, budget);
    return match.ok
      ? { ok: true, entries: match.entries.filter(hasValue) }
      : { ok: false, code: match.code, reason: `The pattern cannot be used: ${match.reason}.` };
  }
}

function hasValue({ target }: AddressEntry): boolean {
  return target.kind === 'param' || target.kind === 'master';
}
