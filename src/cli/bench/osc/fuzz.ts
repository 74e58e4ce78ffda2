/** Mutated packets into the dispatcher that the engine runs, as datagrams and as streams of TCP: time, memory, and no fault. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createNodeRegistry } from '../../../container/node-registry.js';
import { type AddressTable, buildAddressTable } from '../../../control/index.js';
import { ClockReader, ClockWriter, createClockPage } from '../../../osc/clock-page.js';
import { Dispatcher } from '../../../osc/dispatcher.js';
import { createFrameClock } from '../../../osc/frame-clock.js';
import { Deframer, frame } from '../../../osc/framing.js';
import { encodePacket } from '../../../osc/index.js';
import { TimeHistogram } from '../../../osc/time-histogram.js';
import type { Peer } from '../../../osc/worker-protocol.js';
import { Mutator, seededRandom } from './mutate.js';

export interface FuzzOptions {
  readonly packets: number;
  /** uint32 */
  readonly seed: number;
}

export interface FuzzResult {
  readonly packets: number;
  readonly seed: number;
  /** Of those, how many went through a stream, and how many streams were given up. */
  readonly streamed: number;
  readonly brokenStreams: number;
  /** What came of them. */
  readonly dropped: number;
  readonly posted: number;
  readonly requested: number;
  readonly answered: number;
  readonly packetsPerSecond: number;
  readonly handlingUs: {
    readonly median: number;
    readonly p99: number;
    readonly p999: number;
    readonly worst: number;
  };
  /** Bytes in use after a collection: when a tenth was done, and at the end. */
  readonly heapBefore: number;
  readonly heapAfter: number;
}

/** From one packet to the next, by the clock of the dispatcher: its limits of rate are met by few, and told below. */
const stepMs = 10;
const housekeepingEvery = 64;
const numSenders = 300;
const baseUnixMs = 1_800_000_000_000;
const ntpOffsetSeconds = 2_208_988_800;
const mixers = 60;

/** Throws what the dispatcher throws, with the packet, when it should fail. */
export function fuzz({ packets, seed }: FuzzOptions): FuzzResult {
  const random = seededRandom(seed);
  const collect = collector();
  let nowMs = 0;
  const table = everyNode();
  const mutator = new Mutator(
    random,
    table.map(({ address }) => address),
    () => (baseUnixMs + nowMs) / 1000 + ntpOffsetSeconds,
  );
  const page = createClockPage();
  const clockWriter = new ClockWriter(page, 48_000);
  const counts = { posted: 0, requested: 0, answered: 0, streamed: 0, brokenStreams: 0 };
  let later: { readonly atMs: number; readonly action: () => void }[] = [];
  let tokens: number[] = [];
  const dispatcher = new Dispatcher(
    {
      toAudio: ({ message }) => {
        counts.posted++;
        if (message.kind === 'action' && message.replyTo !== undefined) tokens.push(message.replyTo.token);
        return true;
      },
      toEngine: ({ replyTo }) => {
        counts.requested++;
        if (replyTo !== undefined) tokens.push(replyTo.token);
      },
      toGraph: ({ edits }) => {
        counts.requested += edits.length;
        for (const { replyTo } of edits) if (replyTo !== undefined) tokens.push(replyTo.token);
      },
      send: (answer) => {
        counts.answered++;
        encodePacket(answer);
      },
      later: (delayMs, action) => void later.push({ atMs: nowMs + delayMs, action }),
      subscribersChanged: () => undefined,
      nowMs: () => nowMs,
      clock: createFrameClock(
        new ClockReader(page),
        { measure: () => undefined, toMonotonicMs: (unixMs) => unixMs - baseUnixMs },
        () => nowMs,
      ),
    },
    '0.0.0',
    table,
  );
  const tellValues = (): void =>
    dispatcher.setValues(
      table.flatMap(({ address, target }) =>
        target.kind === 'param' && target.spec.type === 'float' ? [[address, random()] as const] : [],
      ),
      false,
    );

  const handling = new TimeHistogram();
  const senders: Peer[] = Array.from({ length: numSenders }, (_, n) => ({
    address: '127.0.0.1',
    port: 1024 + n,
    ...(n % 3 === 0 && { via: 'tcp' as const }),
  }));
  const streams = new Map<Peer, Deframer>();

  const housekeeping = (): void => {
    clockWriter.publish(Math.round(nowMs * 48), nowMs);
    const due = later.filter(({ atMs }) => atMs <= nowMs);
    later = later.filter(({ atMs }) => atMs > nowMs);
    for (const { action } of due) action();
    const answered = tokens;
    tokens = [];
    // One in eight is never answered: it expires.
    for (const token of answered)
      if (random() < 0.875) dispatcher.answer({ token, ok: true, results: [token] });
    dispatcher.tick();
    if (random() < 0.01) tellValues();
    if (random() < 0.05) {
      const closed = senders[3 * Math.floor((random() * numSenders) / 3)]!;
      streams.delete(closed);
      dispatcher.gone(closed);
    }
  };

  const stream = (from: Peer, packet: Uint8Array): void => {
    let deframer = streams.get(from);
    if (deframer === undefined || deframer.failure !== undefined) {
      if (deframer !== undefined) counts.brokenStreams++;
      deframer = new Deframer((bytes) => dispatcher.receive(bytes, from));
      streams.set(from, deframer);
    }
    const framed = Buffer.from(frame(packet, deframer.framing ?? (random() < 0.5 ? 'length' : 'slip')));
    if (random() < 0.02) framed[Math.floor(random() * framed.length)] = Math.floor(random() * 256);
    const cut = Math.floor(random() * framed.length);
    deframer.take(framed.subarray(0, cut));
    deframer.take(framed.subarray(cut));
    counts.streamed++;
  };

  const startMs = performance.now();
  let heapBefore = 0;
  for (let n = 0; n < packets; n++) {
    if (n === Math.ceil(packets / 10)) heapBefore = collect();
    nowMs += stepMs;
    if (n % housekeepingEvery === 0) housekeeping();
    const packet = mutator.next();
    const from = senders[Math.floor(random() * numSenders)]!;
    const sentMs = performance.now();
    try {
      if (from.via === 'tcp') stream(from, packet);
      else dispatcher.receive(packet, from);
    } catch (cause) {
      throw new Error(`Packet ${n} of seed ${seed}: ${Buffer.from(packet).toString('hex')}`, { cause });
    }
    handling.add((performance.now() - sentMs) * 1000);
  }
  const seconds = (performance.now() - startMs) / 1000;
  return {
    packets,
    seed,
    ...counts,
    dropped: dispatcher.counters().oscDropped,
    packetsPerSecond: packets / seconds,
    handlingUs: {
      median: handling.quantileUs(0.5),
      p99: handling.quantileUs(0.99),
      p999: handling.quantileUs(0.999),
      worst: handling.worstUs,
    },
    heapBefore,
    heapAfter: collect(),
  };
}

/** One node of every type, and so many mixers that there are some hundred addresses. */
function everyNode(): AddressTable {
  const registry = createNodeRegistry([]);
  const mix = registry.get('mix')!;
  return buildAddressTable([
    ...registry.descriptors.map((descriptor) => ({ id: descriptor.type, descriptor })),
    ...Array.from({ length: mixers }, (_, n) => ({ id: `mix-${n}`, descriptor: mix })),
  ]);
}

/** Bytes in use after all garbage is gone. */
function collector(): () => number {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  return () => {
    gc();
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    return heapUsed + external + arrayBuffers;
  };
}
