import type { StampedMessage } from '../control/messages.js';

/**
 * Messages that wait for their frame, sorted by it; those of one frame keep the order of their arrival.
 * Bounded: a full queue refuses. Belongs to the audio thread; no method allocates.
 */
export class MessageQueue {
  private readonly waiting: (StampedMessage | undefined)[];
  private head = 0;
  private count = 0;

  constructor(readonly capacity: number) {
    this.waiting = new Array<StampedMessage | undefined>(capacity).fill(undefined);
  }

  get length(): number {
    return this.count;
  }

  /** False when the queue is full. */
  push(message: StampedMessage): boolean {
    if (this.count === this.capacity) return false;
    let at = this.count;
    while (at > 0 && this.waiting[this.slot(at - 1)]!.frame > message.frame) {
      this.waiting[this.slot(at)] = this.waiting[this.slot(at - 1)];
      at--;
    }
    this.waiting[this.slot(at)] = message;
    this.count++;
    return true;
  }

  /** Frame of the first message; Infinity when none waits. */
  nextFrame(): number {
    return this.count === 0 ? Number.POSITIVE_INFINITY : this.waiting[this.head]!.frame;
  }

  /** Takes the first message when it is due at `frame` or before. */
  takeDue(frame: number): StampedMessage | undefined {
    if (this.count === 0) return undefined;
    const first = this.waiting[this.head]!;
    if (first.frame > frame) return undefined;
    this.waiting[this.head] = undefined;
    this.head = (this.head + 1) % this.capacity;
    this.count--;
    return first;
  }

  private slot(index: number): number {
    return (this.head + index) % this.capacity;
  }
}
