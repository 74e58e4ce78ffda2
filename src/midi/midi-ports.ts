/** Which node hears which port. Knows no threads and no driver. */
import type { MidiRequest } from '../../nodes/index.js';
import type { ControlMessage } from '../control/messages.js';
import { type Rate, TokenBucket } from '../osc/rate-limit.js';
import { MidiByteParser } from './byte-parser.js';
import type { MidiCode } from './errors.js';
import {
  actionOf,
  CLOCK_STOP,
  CONTROLLERS_RESET,
  channelOf,
  isClock,
  LET_GO,
  type MidiAction,
} from './meaning.js';
import type { MidiSystem, OpenMidiPort } from './midi-system.js';
import { BINDINGS_ID, type ListenOrder, type MidiNews } from './worker-protocol.js';

/** Of one port. A cable carries a thousand messages in a second; more is a loop. */
export const PORT_RATE: Rate = { perSecond: 4_000, burst: 2_000 };

export interface MidiPortsSurroundings {
  toAudio(message: ControlMessage): void;
  tell(news: MidiNews): void;
  nowMs(): number;
  /** A message of a port that is listened to for bindings. */
  heard?(portName: string, status: number, data1: number, data2: number): void;
  /** A port that was listened to has gone. */
  lost?(portName: string): void;
}

interface Listening {
  readonly id: number;
  readonly request: MidiRequest;
  /** For controls that are bound: no node hears it. */
  readonly isBinding?: boolean;
  /** The last thing told of what it misses: told once. */
  missing: MidiCode | undefined;
}

interface Port {
  readonly name: string;
  readonly opened: OpenMidiPort;
  readonly bucket: TokenBucket;
  hasDropped: boolean;
}

export class MidiPorts {
  readonly #system: MidiSystem;
  readonly #around: MidiPortsSurroundings;
  /** By node: the newest one counts, the older ones belong to a patch that fades out. */
  readonly #listenings = new Map<string, Listening>();
  readonly #ports = new Map<string, Port>();
  readonly #failed = new Set<string>();

  constructor(system: MidiSystem, around: MidiPortsSurroundings) {
    this.#system = system;
    this.#around = around;
  }

  order(order: ListenOrder): void {
    if (order.kind === 'listen') {
      const { id, request } = order;
      this.#listenings.set(request.nodeId, { id, request, missing: undefined });
    } else {
      for (const [nodeId, { id }] of this.#listenings) if (id === order.id) this.#listenings.delete(nodeId);
    }
    this.poll();
  }

  /** Listens for bindings to the ports whose names hold one of these, and to no others. */
  listenForBindings(parts: readonly string[]): void {
    const wanted = new Set(parts.map((part) => part.toLowerCase()));
    for (const [key, { isBinding, request }] of this.#listenings) {
      if (isBinding && !wanted.has(request.port)) this.#listenings.delete(key);
    }
    for (const port of wanted) {
      // No node has an id with a space.
      const key = `${BINDINGS_ID} ${port}`;
      if (this.#listenings.has(key)) continue;
      const request: MidiRequest = { nodeId: BINDINGS_ID, port, channel: 0, hasClock: false };
      this.#listenings.set(key, { id: 0, request, isBinding: true, missing: undefined });
    }
    this.poll();
  }

  /** Looks which ports are there: to be called about once a second, since nothing else tells. */
  poll(): void {
    let names: readonly string[];
    let reason: string | undefined;
    try {
      names = [...new Set(this.#system.names())];
    } catch (error) {
      names = [];
      reason = error instanceof Error ? error.message : String(error);
    }
    for (const port of [...this.#ports.values()]) {
      if (!names.includes(port.name)) this.#lose(port);
      else if (this.#hearers(port.name).length === 0) this.#close(port);
    }
    for (const name of this.#failed) if (!names.includes(name)) this.#failed.delete(name);
    for (const name of names) {
      if (!this.#ports.has(name) && this.#hearers(name).length > 0) this.#open(name);
    }
    for (const listening of this.#listenings.values()) this.#tellMissing(listening, names, reason);
  }

  close(): void {
    for (const port of [...this.#ports.values()]) this.#close(port);
    this.#listenings.clear();
  }

  #hearers(name: string): Listening[] {
    return [...this.#listenings.values()].filter(({ request }) => isNamed(name, request.port));
  }

  #open(name: string): void {
    const parser = new MidiByteParser((status, data1, data2) => this.#receive(name, status, data1, data2));
    let opened: OpenMidiPort;
    try {
      opened = this.#system.open(name, (bytes) => parser.feed(bytes));
    } catch (error) {
      if (this.#failed.has(name)) return;
      this.#failed.add(name);
      const why = error instanceof Error ? error.message : String(error);
      this.#tellHearers(name, `The MIDI port "${name}" cannot be opened: ${why}`, 'MIDI_PORT_FAILED');
      return;
    }
    this.#failed.delete(name);
    const bucket = new TokenBucket(PORT_RATE, this.#around.nowMs());
    this.#ports.set(name, { name, opened, bucket, hasDropped: false });
    this.#tellHearers(name, `Plays from the MIDI port "${name}".`);
  }

  #lose(port: Port): void {
    this.#close(port);
    this.#letGo(port.name);
    this.#around.lost?.(port.name);
    this.#tellHearers(port.name, `The MIDI port "${port.name}" has gone.`, 'MIDI_PORT_LOST');
    for (const listening of this.#hearers(port.name)) listening.missing = 'MIDI_PORT_LOST';
  }

  #close({ name, opened }: Port): void {
    this.#ports.delete(name);
    try {
      opened.close();
    } catch {
      // A port that has gone may refuse to be closed.
    }
  }

  #receive(name: string, status: number, data1: number, data2: number): void {
    const port = this.#ports.get(name);
    const action = actionOf(status, data1, data2);
    const isBound = this.#hearers(name).some(({ isBinding }) => isBinding);
    if (port === undefined || (action === undefined && !isBound)) return;
    if (!port.bucket.take(this.#around.nowMs())) {
      if (!port.hasDropped) {
        this.#tellHearers(
          name,
          `The MIDI port "${name}" sends more than ${PORT_RATE.perSecond} messages a second.`,
          'MIDI_FLOOD',
        );
      }
      port.hasDropped = true;
      return;
    }
    if (port.hasDropped) this.#letGo(name);
    port.hasDropped = false;
    if (isBound) this.#around.heard?.(name, status, data1, data2);
    if (action === undefined) return;
    const channel = channelOf(status);
    for (const { request, isBinding } of this.#listenings.values()) {
      if (isBinding || !isNamed(name, request.port)) continue;
      if (isClock(status) && !request.hasClock) continue;
      if (request.channel !== 0 && channel !== undefined && channel !== request.channel) continue;
      this.#act(request.nodeId, action);
    }
  }

  /** What its keys hold, and a sequencer that follows its clock. */
  #letGo(name: string): void {
    for (const { request, isBinding } of this.#hearers(name)) {
      if (isBinding) continue;
      this.#act(request.nodeId, LET_GO);
      this.#act(request.nodeId, CONTROLLERS_RESET);
      if (request.hasClock) this.#act(request.nodeId, CLOCK_STOP);
    }
  }

  #act(nodeId: string, { name, args }: MidiAction): void {
    this.#around.toAudio({ kind: 'action', nodeId, name, args });
  }

  #tellHearers(name: string, message: string, code?: MidiCode): void {
    for (const nodeId of new Set(this.#hearers(name).map(({ request }) => request.nodeId))) {
      this.#around.tell({ nodeId, message, ...(code === undefined ? {} : { code }) });
    }
  }

  /** Once, until it is found. */
  #tellMissing(listening: Listening, names: readonly string[], reason: string | undefined): void {
    const { request, missing } = listening;
    const { nodeId, port } = request;
    if (names.some((name) => isNamed(name, port))) {
      listening.missing = undefined;
      return;
    }
    if (missing !== undefined) return;
    const code: MidiCode = reason === undefined ? 'MIDI_PORT_ABSENT' : 'MIDI_UNAVAILABLE';
    listening.missing = code;
    const wanted = port === '' ? 'any MIDI port' : `a MIDI port "${port}"`;
    const there = names.length === 0 ? 'there is none' : `there are ${names.join(', ')}`;
    this.#around.tell({ nodeId, code, message: `${nodeId} waits for ${wanted}: ${reason ?? there}.` });
  }
}

/** Whether a part of the name is as asked for, in any case. */
export function isNamed(name: string, part: string): boolean {
  return name.toLowerCase().includes(part.toLowerCase());
}
