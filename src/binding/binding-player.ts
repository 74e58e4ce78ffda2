/**
 * Bindings at work, on the thread of the MIDI ports: what moves becomes messages at once, what changes goes back.
 * Knows no threads and no driver.
 */
import type { ParamSetting } from '../../graph/index.js';
import { type AddressEntry, type ControlMessage, type EngineRequest, interpret } from '../control/index.js';
import { describeBinding } from './binding.js';
import { BoundControl, type Way } from './bound-control.js';
import { ControlDecoder, type Movement } from './control-decoder.js';
import { KnownValues } from './known-values.js';
import { Learner } from './learner.js';
import type { BindingNews, ResolvedBinding, ValueChange } from './resolved.js';

/** How often `flush` should be called: as often as a control is told where to stand at the most. */
export const FLUSH_MS = 20;
/** To all ports together in one flush: a cable carries a thousand messages in a second. */
export const FEEDBACK_PER_FLUSH = 20;

export interface BindingSurroundings {
  /** At the next frame. */
  toAudio(message: ControlMessage): void;
  toEngine(request: EngineRequest): void;
  tell(news: BindingNews): void;
  /** To the outputs whose names hold `port`. */
  send(port: string, bytes: readonly number[]): void;
  nowMs(): number;
}

export class BindingPlayer {
  private bound: readonly BoundControl[] = [];
  private byControl = new Map<string, BoundControl[]>();
  private byAddress = new Map<string, BoundControl[]>();
  private readonly values = new KnownValues();
  private readonly decoders = new Map<string, ControlDecoder>();
  private learner: Learner | undefined;
  /** Who comes first in the next round of feedback, so that nobody is left out. */
  private turn = 0;

  constructor(private readonly around: BindingSurroundings) {}

  /** In the place of those before. */
  setBindings(resolved: readonly ResolvedBinding[]): void {
    const earlier = new Map(this.bound.map((bound) => [bound.id, bound]));
    const values = new Map<string, ParamSetting>();
    for (const { entries } of resolved) {
      for (const { entry, value } of entries) if (value !== undefined) values.set(entry.address, value);
    }
    this.values.reset(values, this.around.nowMs());
    this.bound = resolved.map((one) => new BoundControl(one));
    this.byControl = new Map();
    this.byAddress = new Map();
    for (const bound of this.bound) {
      const before = earlier.get(bound.id);
      if (before !== undefined) bound.goOnFrom(before, this.valueOf(bound));
      const { kind, number } = bound.binding.control;
      listed(this.byControl, keyOf(kind, number ?? -1)).push(bound);
      for (const { entry } of bound.ways) listed(this.byAddress, entry.address).push(bound);
    }
  }

  /** Whether anything is to be listened for. */
  get isAtWork(): boolean {
    return this.bound.length > 0 || this.learner !== undefined;
  }

  /** The next control that moves is told; a second call begins anew. */
  learn(isOn: boolean): void {
    this.learner = isOn ? new Learner() : undefined;
  }

  /** These took effect. */
  applied(changes: readonly ValueChange[]): void {
    const nowMs = this.around.nowMs();
    for (const { address, value } of changes) {
      if (this.values.applied(address, value, nowMs)) this.tellOthers(address, undefined);
    }
  }

  /** One whole message of a port. */
  receive(portName: string, status: number, data1: number, data2: number): void {
    let decoder = this.decoders.get(portName);
    if (decoder === undefined) {
      decoder = new ControlDecoder((movement) => this.moved(portName, movement));
      this.decoders.set(portName, decoder);
    }
    decoder.take(status, data1, data2, this.around.nowMs());
  }

  /** An output can be sent to. */
  outputOpened(portName: string): void {
    for (const bound of this.bound) {
      if (portName.toLowerCase().includes(bound.binding.control.port.toLowerCase())) bound.forget();
    }
  }

  /** An input has gone, in the midst of whatever it sent. */
  lost(portName: string): void {
    this.decoders.delete(portName);
  }

  /** To be called every FLUSH_MS. */
  flush(): void {
    const nowMs = this.around.nowMs();
    for (const decoder of this.decoders.values()) decoder.flush(nowMs);
    const learned = this.learner?.due(nowMs);
    if (learned !== undefined) this.hasLearned(learned);
    const { length } = this.bound;
    let left = FEEDBACK_PER_FLUSH;
    for (let k = 0; k < length && left > 0; k++) {
      const bound = this.bound[(this.turn + k) % length]!;
      if (!bound.isDue) continue;
      const messages = bound.feedback(this.valueOf(bound), nowMs) ?? [];
      for (const bytes of messages) this.around.send(bound.binding.control.port, bytes);
      left -= messages.length;
      if (left <= 0) this.turn = (this.turn + k + 1) % length;
    }
  }

  private moved(portName: string, movement: Movement): void {
    const nowMs = this.around.nowMs();
    const learned = this.learner?.heard(portName, movement, nowMs);
    if (learned !== undefined) this.hasLearned(learned);
    const { kind, number, channel } = movement;
    this.play(this.byControl.get(keyOf(kind, number)), portName, channel, movement, nowMs);
    if (kind === 'program')
      this.play(this.byControl.get(keyOf(kind, -1)), portName, channel, movement, nowMs);
  }

  private play(
    all: readonly BoundControl[] | undefined,
    portName: string,
    channel: number,
    movement: Movement,
    nowMs: number,
  ): void {
    for (const bound of all ?? []) {
      if (bound.ways.length === 0 || !bound.hears(portName, channel)) continue;
      const position = bound.move(movement, this.valueOf(bound), nowMs);
      if (position === undefined) continue;
      for (const way of bound.ways) this.act(bound, way, position, nowMs);
      bound.hasSet();
    }
  }

  private act(bound: BoundControl, way: Way, position: number, nowMs: number): void {
    const { entry } = way;
    const meaning = interpret(entry, bound.argsAt(way, position));
    switch (meaning.kind) {
      case 'control': {
        const value = settingOf(meaning.message);
        if (value !== undefined) {
          if (value === this.values.valueAt(entry.address)) return;
          this.values.sent(entry.address, value, nowMs);
          this.tellOthers(entry.address, bound);
        }
        this.around.toAudio(meaning.message);
        return;
      }
      case 'request':
        this.around.toEngine(meaning.request);
        return;
      case 'refusal':
        this.refuse(bound, entry, meaning.refusal.message);
        return;
    }
  }

  private tellOthers(address: string, own: BoundControl | undefined): void {
    for (const bound of this.byAddress.get(address) ?? []) {
      if (bound !== own) bound.valueChanged(this.valueOf(bound));
    }
  }

  private refuse(bound: BoundControl, { address }: AddressEntry, why: string): void {
    if (bound.hasRefused) return;
    bound.hasRefused = true;
    const message = `${describeBinding(bound.binding)} (${bound.id}): ${address} refuses it: ${why}`;
    this.around.tell({ kind: 'refused', code: 'BIND_REFUSED', message });
  }

  private hasLearned(control: Extract<BindingNews, { kind: 'learned' }>['control']): void {
    this.learner = undefined;
    this.around.tell({ kind: 'learned', control });
  }

  private valueOf(bound: BoundControl): ParamSetting | undefined {
    const first = bound.ways[0];
    return first && this.values.valueAt(first.entry.address);
  }
}

/** What a param, or the master, is set to. */
function settingOf(message: ControlMessage): ParamSetting | undefined {
  if (message.kind === 'param') return message.value;
  if (message.kind === 'master-gain') return message.gainDb;
  return message.kind === 'master-mute' ? message.muted : undefined;
}

function keyOf(kind: string, number: number): string {
  return `${kind}:${number}`;
}

function listed(map: Map<string, BoundControl[]>, key: string): BoundControl[] {
  let list = map.get(key);
  if (list === undefined) {
    list = [];
    map.set(key, list);
  }
  return list;
}
