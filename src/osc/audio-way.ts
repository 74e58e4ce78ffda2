/**
 * The way of messages to the audio thread: numbers for params through a ring, everything else through a port, in one order.
 * Belongs to the OSC worker's thread.
 */
import type { ControlMessage, StampedMessage } from '../control/messages.js';
import { MAX_PARAM_NUMBERS, type ParamName, ParamRingWriter } from '../control/param-ring.js';

/** What goes through the port. */
export type PortItem = StampedMessage | ParamName;

/** Items that may wait in the port for an audio thread that does not keep up, or does not run yet. */
export const MAX_ITEMS_WAITING = 16_384;

type ParamMessage = ControlMessage & { readonly kind: 'param' };

export class AudioWay {
  private readonly ring: ParamRingWriter | undefined;
  private readonly numbers = new Map<string, number>();
  /** By number. */
  private readonly keys: string[] = [];
  private nextNumber = 0;
  /** Items given to the port since the start, those that still wait for `flush` among them; a 32-bit count that wraps. */
  private items = 0;
  private unsent: PortItem[] = [];

  /** `post` hands over what came together; `soon` calls back once the packets that are here have been read. */
  constructor(
    private readonly ports: { post(items: readonly PortItem[]): void; soon(callback: () => void): void },
    ring: SharedArrayBuffer | undefined,
  ) {
    this.ring = ring && new ParamRingWriter(ring);
  }

  /** False when the audio thread is so far behind that the message is refused; `/panic` and the master stage never are. */
  send(stamped: StampedMessage): boolean {
    const { frame, message } = stamped;
    if (this.ring === undefined) {
      this.push(stamped);
      return true;
    }
    if (isNumeric(message) && this.sendNumber(this.ring, frame, message)) return true;
    const waiting = (this.items - this.ring.itemsTaken) | 0;
    if (waiting >= MAX_ITEMS_WAITING && !isSafety(message)) return false;
    this.push(stamped);
    return true;
  }

  /** What has been sent is there for the audio thread when this returns. */
  flush(): void {
    if (this.unsent.length === 0) return;
    const { unsent } = this;
    this.unsent = [];
    this.ports.post(unsent);
  }

  /** False when the ring is full. */
  private sendNumber(ring: ParamRingWriter, frame: number, message: ParamMessage): boolean {
    const { nodeId, name, value, rampMs = Number.NaN } = message;
    const key = `${nodeId}/${name}`;
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.nameNext(key);
      this.push({ number, nodeId, name });
    }
    return ring.write(frame, number, value as number, rampMs, this.items);
  }

  /** A number that no record after this means another param by. */
  private nameNext(key: string): number {
    const number = this.nextNumber;
    const before = this.keys[number];
    if (before !== undefined) this.numbers.delete(before);
    this.keys[number] = key;
    this.numbers.set(key, number);
    this.nextNumber = (number + 1) % MAX_PARAM_NUMBERS;
    return number;
  }

  private push(item: PortItem): void {
    this.items = (this.items + 1) | 0;
    if (this.unsent.push(item) === 1) this.ports.soon(() => this.flush());
  }
}

function isNumeric(message: ControlMessage): message is ParamMessage {
  return message.kind === 'param' && typeof message.value === 'number' && message.morph === undefined;
}

function isSafety({ kind }: ControlMessage): boolean {
  return kind === 'panic' || kind === 'master-gain' || kind === 'master-mute';
}
