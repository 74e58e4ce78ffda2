/** What has arrived for the audio thread from one that controls, in the order in which it was said. Belongs to the audio thread. */
import type { StampedMessage } from '../control/index.js';
import {
  MAX_PARAM_NUMBERS,
  type ParamName,
  type ParamRecord,
  ParamRingReader,
} from '../control/param-ring.js';
import type { PortItem } from '../osc/index.js';

export class ControlIntake {
  private readonly ring: ParamRingReader | undefined;
  private readonly record: ParamRecord = { frame: 0, number: 0, value: 0, rampMs: 0, itemsBefore: 0 };
  /** By number. */
  private readonly names: (ParamName | undefined)[] = [];
  /** Items taken from the port; a 32-bit count that wraps. */
  private items = 0;

  /** `receive` takes the next batch from the port; undefined when none is there. */
  constructor(
    private readonly receive: () => readonly PortItem[] | undefined,
    ring?: SharedArrayBuffer,
  ) {
    this.ring = ring && new ParamRingReader(ring);
  }

  /**
   * Hands over everything that is here. What the other thread is about to hand over may have to wait for the next call. Allocates
   * a message for each.
   */
  take(apply: (stamped: StampedMessage) => void): void {
    for (let batch = this.receive(); batch !== undefined; batch = this.receive()) {
      for (let i = 0; i < batch.length; i++) {
        // Before the item came what was written to the ring before it: that is there to be seen.
        this.takeRecords(apply);
        this.takeItem(batch[i]!, apply);
      }
    }
    this.takeRecords(apply);
    this.ring?.setItemsTaken(this.items);
  }

  private takeItem(item: PortItem, apply: (stamped: StampedMessage) => void): void {
    this.items = (this.items + 1) | 0;
    if (!('number' in item)) apply(item);
    else if (item.number >= 0 && item.number < MAX_PARAM_NUMBERS) this.names[item.number] = item;
  }

  /** Up to the first that comes after an item which is not here yet. */
  private takeRecords(apply: (stamped: StampedMessage) => void): void {
    const { ring, record } = this;
    if (ring === undefined) return;
    // Bounded, however fast the other thread writes.
    for (let most = ring.capacity; most > 0 && ring.peek(record); most--) {
      if (((record.itemsBefore - this.items) | 0) > 0) return;
      const param = this.names[record.number];
      const { frame, value, rampMs } = record;
      ring.drop();
      if (param === undefined) continue;
      const { nodeId, name } = param;
      const isPlain = Number.isNaN(rampMs);
      apply({
        frame,
        message: isPlain
          ? { kind: 'param', nodeId, name, value }
          : { kind: 'param', nodeId, name, value, rampMs },
      });
    }
  }
}
