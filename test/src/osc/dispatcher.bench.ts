/**
 * What packets cost: `node dist/test/src/osc/dispatcher.bench.js`. Prints; asserts nothing.
 * 500 addresses; single messages, bundles, patterns, refusals, garbage, hostile shapes; and osc-js on its own pattern.
 */
import { type AddressableNode, buildAddressTable } from '../../../src/control/index.js';
import { Dispatcher } from '../../../src/osc/dispatcher.js';
import type { OscPacket } from '../../../src/osc/wire.js';
import { encodePacket } from '../../../src/osc/wire-encode.js';
import { seededRandom } from '../../support/random.js';
import { TOY_NODES } from '../control/toy-table.js';
import { bundle, f, message, OscJs, s } from './packets.js';

const NOW = { seconds: 0, fraction: 1 } as const;
const params = Object.fromEntries(
  Array.from({ length: 10 }, (_, n) => [`param${n}`, TOY_NODES[1]!.descriptor.params.gainDb!]),
);
const nodes: AddressableNode[] = Array.from({ length: 50 }, (_, n) => ({
  id: `node-${n}`,
  descriptor: { params },
}));
const table = buildAddressTable(nodes);
const addresses = table.filter((entry) => entry.target.kind === 'param').map((entry) => entry.address);

let numPosted = 0;
/** Moves a second per packet, so that no limit of messages is met. */
let nowMs = 0;

function freshDispatcher(): Dispatcher {
  return new Dispatcher(
    {
      toAudio: () => ++numPosted > 0,
      toEngine: () => undefined,
      toGraph: () => undefined,
      send: (answer) => void encodePacket(answer),
      later: () => undefined,
      subscribersChanged: () => undefined,
      nowMs: () => nowMs,
      clock: { stamp: () => ({ ok: true, frame: 0, delayMs: 0 }) },
    },
    '0.0.0',
    table,
  );
}

function measure(
  name: string,
  packets: readonly OscPacket[] | readonly Uint8Array[],
  numPackets: number,
): void {
  const bytes = packets.map((packet) => (packet instanceof Uint8Array ? packet : encodePacket(packet)));
  const dispatcher = freshDispatcher();
  const from = { address: '127.0.0.1', port: 5000 };
  for (let n = 0; n < Math.min(numPackets, 20_000); n++) {
    nowMs += 1000;
    dispatcher.receive(bytes[n % bytes.length]!, from);
  }
  const us = new Float64Array(numPackets);
  numPosted = 0;
  const startMs = performance.now();
  for (let n = 0; n < numPackets; n++) {
    nowMs += 1000;
    const beforeMs = performance.now();
    dispatcher.receive(bytes[n % bytes.length]!, from);
    us[n] = (performance.now() - beforeMs) * 1000;
  }
  const seconds = (performance.now() - startMs) / 1000;
  us.sort();
  const at = (q: number): string =>
    us[Math.min(numPackets - 1, Math.floor(q * numPackets))]!.toFixed(1).padStart(9);
  const perSecond = Math.round(numPosted / seconds)
    .toLocaleString('en')
    .padStart(12);
  console.log(`${name.padEnd(36)}${at(0.5)}${at(0.99)}${at(0.999)}${at(1)}${perSecond}`);
}

const random = seededRandom(1);
const pick = (): string => addresses[Math.floor(random() * addresses.length)]!;
const many = <T>(n: number, make: (k: number) => T): T[] => Array.from({ length: n }, (_, k) => make(k));

console.log(`${addresses.length} addresses`);
console.log('us per packet                             p50      p99    p99.9      max  messages/s posted');
measure(
  'one param',
  many(2000, () => message(pick(), f(-3))),
  200_000,
);
measure(
  'one param, clamped and warned',
  many(2000, () => message(pick(), f(99))),
  100_000,
);
measure(
  'bundle of 20 params',
  many(200, () => bundle(NOW, ...many(20, () => message(pick(), f(-3))))),
  20_000,
);
measure('pattern of 50 matches, known', [message('/node/*/param3', f(-3))], 20_000);
measure(
  'pattern of 10 matches, always new',
  many(4000, (k) => message(`/node/node-{${k % 50},x${k}}/p*`, f(-3))),
  4000,
);
measure(
  'unknown address with a suggestion',
  many(2000, () => message(`${pick()}x`, f(0))),
  5000,
);
measure(
  'garbage',
  many(100, () => Buffer.from(many(64, () => Math.floor(random() * 256)))),
  100_000,
);
console.log('the costliest shapes');
measure(
  '1,024 messages, all unknown',
  [bundle(NOW, ...many(1024, (k) => message(`/unknown/address/number/${k}`)))],
  100,
);
measure('pattern /*********Z', [message('/*********Z', f(0))], 10_000);
measure(
  'hostile patterns, 64 KiB',
  many(50, (p) => bundle(NOW, ...many(240, (k) => message(`/node/${'{,n}'.repeat(55)}${p}x${k}`, f(0))))),
  50,
);
measure('wide patterns, 64 KiB', [bundle(NOW, ...many(1024, () => message('/node/*/*', f(0))))], 50);
measure('wide patterns, all refused', [bundle(NOW, ...many(1024, () => message('/node/*/*', s('x'))))], 50);

console.log('osc-js 2.4.1, one message to a pattern, one handler');
for (let numStars = 5; numStars <= 8; numStars++) {
  const osc = new OscJs({ plugin: null });
  osc.on('/node/node-1/param3', () => undefined);
  const startMs = performance.now();
  osc.eventHandler.notify(new OscJs.Message(`/${'*'.repeat(numStars)}Z`));
  console.log(
    `/${'*'.repeat(numStars)}Z`.padEnd(36) +
      `${((performance.now() - startMs) * 1000).toFixed(0)} us`.padStart(16),
  );
}
