/**
 * Channel messages of one port as movements of controls: pairs of controllers and NRPNs are put together to 14 bits.
 * A pair's coarse part alone is a movement until its fine part has come once; from then on it waits for it.
 */
import { wheelPosition } from '../../models/index.js';
import { type ControlKind, highestValue } from './midi-control.js';

export interface Movement {
  readonly kind: ControlKind;
  /** -1 where the kind has none. A program is both its number and its value. */
  readonly number: number;
  /** 1 to 16. */
  readonly channel: number;
  /** 0 to 1; a key that is let go is at 0. */
  readonly position: number;
}

/** How long a coarse part waits for its fine part, which follows in the next message. */
export const FINE_WITHIN_MS = 5;
const DATA = 6;
const FINE = 32;
const INCREMENT = 96;
const DECREMENT = 97;
const MODE_MESSAGES = 120;
const NO_NRPN = 0x3fff;

/** A pair or an NRPN of a channel. */
interface Pair {
  readonly kind: 'cc14' | 'nrpn';
  readonly number: number;
  readonly channel: number;
  coarse: number;
  fine: number;
  hasFine: boolean;
}

interface Channel {
  /** The high and the low half of the NRPN that data is for; -1: none. */
  nrpnCoarse: number;
  nrpnFine: number;
  readonly pairs: Map<string, Pair>;
}

/** A machine that names more controls than this is sending noise. */
const MAX_PAIRS = 512;

export class ControlDecoder {
  private readonly channels = new Map<number, Channel>();
  /** Their coarse part has come, their fine part is due: a pair, and an NRPN where controller 6 is the data of one. */
  private waiting: Pair[] = [];
  private waitingSinceMs = 0;

  constructor(private readonly moved: (movement: Movement) => void) {}

  /** One message of a channel; others are passed over. */
  take(status: number, data1: number, data2: number, nowMs: number): void {
    if (status < 0x80 || status >= 0xf0) return;
    const channel = (status & 0x0f) + 1;
    if ((status & 0xf0) === 0xb0) {
      this.controller(channel, data1, data2, nowMs);
      return;
    }
    this.settle();
    switch (status & 0xf0) {
      case 0x80:
        this.moved({ kind: 'note', number: data1, channel, position: 0 });
        break;
      case 0x90:
        this.moved({ kind: 'note', number: data1, channel, position: data2 / 127 });
        break;
      case 0xa0:
        this.moved({ kind: 'key-pressure', number: data1, channel, position: data2 / 127 });
        break;
      case 0xc0:
        this.moved({ kind: 'program', number: data1, channel, position: data1 / 127 });
        break;
      case 0xd0:
        this.moved({ kind: 'pressure', number: -1, channel, position: data1 / 127 });
        break;
      case 0xe0:
        this.moved({
          kind: 'bend',
          number: -1,
          channel,
          position: (wheelPosition(data1 + 128 * data2) + 1) / 2,
        });
        break;
    }
  }

  /** A coarse part whose fine part does not come counts by itself. To be called now and then. */
  flush(nowMs: number): void {
    if (nowMs - this.waitingSinceMs >= FINE_WITHIN_MS) this.settle();
  }

  private controller(channel: number, controller: number, value: number, nowMs: number): void {
    const state = this.channel(channel);
    if (!this.waiting.some((pair) => pair.channel === channel && controller === fineController(pair))) {
      this.settle();
    }
    if (controller >= MODE_MESSAGES) return;
    this.moved({ kind: 'cc', number: controller, channel, position: value / 127 });
    if (controller < FINE) this.coarse(this.pair(state, 'cc14', controller, channel), value, nowMs);
    else if (controller < 2 * FINE) this.fine(state.pairs.get(`cc14:${controller - FINE}`), value);
    if (controller === 99) state.nrpnCoarse = value;
    else if (controller === 98) state.nrpnFine = value;
    else if (controller === 100 || controller === 101) state.nrpnCoarse = -1;
    else this.data(state, channel, controller, value, nowMs);
  }

  private data(state: Channel, channel: number, controller: number, value: number, nowMs: number): void {
    const number = state.nrpnCoarse * 128 + state.nrpnFine;
    if (state.nrpnCoarse < 0 || state.nrpnFine < 0 || number === NO_NRPN) return;
    if (controller === DATA) this.coarse(this.pair(state, 'nrpn', number, channel), value, nowMs);
    else if (controller === DATA + FINE) this.fine(state.pairs.get(`nrpn:${number}`), value);
    else if (controller === INCREMENT) this.step(this.pair(state, 'nrpn', number, channel), 1);
    else if (controller === DECREMENT) this.step(this.pair(state, 'nrpn', number, channel), -1);
  }

  private coarse(pair: Pair | undefined, value: number, nowMs: number): void {
    if (pair === undefined) return;
    pair.coarse = value;
    pair.fine = 0;
    if (!pair.hasFine) {
      this.tell(pair);
      return;
    }
    this.waiting.push(pair);
    this.waitingSinceMs = nowMs;
  }

  private fine(pair: Pair | undefined, value: number): void {
    if (pair === undefined) return;
    pair.hasFine = true;
    pair.fine = value;
    this.waiting = this.waiting.filter((other) => other !== pair);
    this.tell(pair);
  }

  private step(pair: Pair | undefined, by: number): void {
    if (pair === undefined) return;
    const value = Math.min(16_383, Math.max(0, pair.coarse * 128 + pair.fine + by));
    pair.coarse = value >> 7;
    pair.fine = value & 127;
    this.tell(pair);
  }

  private settle(): void {
    const pairs = this.waiting;
    if (pairs.length === 0) return;
    this.waiting = [];
    for (const pair of pairs) this.tell(pair);
  }

  private tell({ kind, number, channel, coarse, fine }: Pair): void {
    this.moved({ kind, number, channel, position: (coarse * 128 + fine) / highestValue(kind) });
  }

  private channel(channel: number): Channel {
    let state = this.channels.get(channel);
    if (state === undefined) {
      state = { nrpnCoarse: -1, nrpnFine: -1, pairs: new Map() };
      this.channels.set(channel, state);
    }
    return state;
  }

  /** Undefined beyond the limit. */
  private pair(state: Channel, kind: Pair['kind'], number: number, channel: number): Pair | undefined {
    const key = `${kind}:${number}`;
    const known = state.pairs.get(key);
    if (known !== undefined || state.pairs.size >= MAX_PAIRS) return known;
    const pair: Pair = { kind, number, channel, coarse: 0, fine: 0, hasFine: false };
    state.pairs.set(key, pair);
    return pair;
  }
}

function fineController({ kind, number }: Pair): number {
  return kind === 'nrpn' ? DATA + FINE : number + FINE;
}
