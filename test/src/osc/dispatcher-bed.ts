import assert from 'node:assert/strict';
import type { EngineRequest, GraphTransaction, StampedMessage } from '../../../src/control/index.js';
import { Dispatcher } from '../../../src/osc/dispatcher.js';
import type { FrameStamp } from '../../../src/osc/frame-clock.js';
import { isImmediate, type OscMessage, type OscPacket, type TimeTag } from '../../../src/osc/wire.js';
import { encodePacket } from '../../../src/osc/wire-encode.js';
import type { Peer } from '../../../src/osc/worker-protocol.js';
import { TOY_TABLE } from '../control/toy-table.js';
import { message } from './packets.js';
import { TOY_STATUS } from './toy-status.js';

export const ALICE: Peer = { address: '127.0.0.1', port: 5001 };
export const BOB: Peer = { address: '127.0.0.1', port: 5002 };
export const NOW: TimeTag = { seconds: 0, fraction: 1 };

/** Seconds of a tag are ms ahead; 48 frames each. */
export function stampOf(tag: TimeTag): FrameStamp {
  if (isImmediate(tag)) return { ok: true, frame: 0, delayMs: 0 };
  if (tag.seconds === 666)
    return { ok: true, frame: 0, delayMs: 0, warning: { code: 'OSC_LATE', message: 'late' } };
  if (tag.seconds === 999) return { ok: false, refusal: { code: 'OSC_TOO_FAR_AHEAD', message: 'far' } };
  return { ok: true, frame: tag.seconds * 48, delayMs: tag.seconds };
}

/** A dispatcher whose surroundings are lists. */
export class Bench {
  nowMs = 1000;
  audio: StampedMessage[] = [];
  /** It takes nothing more. */
  isAudioBehind = false;
  requests: EngineRequest[] = [];
  transactions: GraphTransaction[] = [];
  sent: { readonly message: OscMessage; readonly to: Peer }[] = [];
  scheduled: { readonly delayMs: number; readonly action: () => void }[] = [];
  subscribers: readonly Peer[] = [];

  constructor(private readonly stamp: (tag: TimeTag) => FrameStamp = stampOf) {}

  readonly dispatcher = new Dispatcher(
    {
      toAudio: (m) => !this.isAudioBehind && this.audio.push(m) > 0,
      toEngine: (r) => void this.requests.push(r),
      toGraph: (t) => void this.transactions.push(t),
      send: (m, to) => void this.sent.push({ message: m, to }),
      later: (delayMs, action) => void this.scheduled.push({ delayMs, action }),
      subscribersChanged: (peers) => {
        this.subscribers = peers;
      },
      nowMs: () => this.nowMs,
      clock: { stamp: (tag) => this.stamp(tag) },
    },
    '1.2.3',
    TOY_TABLE,
  );

  receive(packet: OscPacket, from: Peer = ALICE): this {
    this.dispatcher.receive(encodePacket(packet), from);
    return this;
  }

  /** Answers so far as text, and forgets them. */
  answers(): readonly string[] {
    const told = this.sent.map(({ message: { address, args } }) =>
      [address, ...args.map((arg) => ('value' in arg ? String(arg.value) : arg.type))].join(' '),
    );
    this.sent = [];
    return told;
  }

  status(): Readonly<Record<string, unknown>> {
    this.dispatcher.setStatus(TOY_STATUS);
    this.answers();
    this.receive(message('/status'));
    const args = this.sent.at(-1)!.message.args;
    const fields: Record<string, unknown> = {};
    for (let k = 0; k < args.length; k += 2) {
      const [name, value] = [args[k]!, args[k + 1]!];
      assert.ok(name.type === 's');
      fields[name.value] = 'value' in value ? value.value : value.type;
    }
    this.sent = [];
    return fields;
  }
}
