/** What a movement of a bound control costs until its message is handed over: node dist/test/src/midi/bindings.bench.js */
import {
  type Binding,
  entriesOf,
  MAX_BINDINGS,
  PLAIN_OPTIONS,
  parseControl,
} from '../../../src/binding/index.js';
import { MidiWork } from '../../../src/midi/midi-work.js';
import { AddressIndex } from '../../../src/osc/address-index.js';
import { TOY_TABLE } from '../control/toy-table.js';
import { FakeMidiSystem } from './fake-midi-system.js';

const index = new AddressIndex(TOY_TABLE);
const system = new FakeMidiSystem();
system.there = ['desk'];
let nowMs = 0;
let said = 0;
const work = new MidiWork(system, {
  toAudio: () => said++,
  post: () => undefined,
  nowMs: () => nowMs,
});
const bindings = Array.from({ length: MAX_BINDINGS }, (_, k) => {
  const binding: Binding = {
    ...PLAIN_OPTIONS,
    control: parseControl(`cc:${k % 120} desk`),
    to: '/node/model/temperature',
  };
  return { id: k + 1, binding, entries: entriesOf(binding, index, () => 1) };
});
work.order({ kind: 'bindings', bindings });

const times: number[] = [];
for (let n = 0; n < 200_000; n++) {
  nowMs += 0.5;
  const from = performance.now();
  system.send('desk', 0xb0, n % 120, (n * 7) % 128);
  times.push(performance.now() - from);
}
times.sort((a, b) => a - b);
const at = (share: number): string => (times[Math.floor((times.length - 1) * share)]! * 1000).toFixed(1);
console.log(
  `${said} messages of ${MAX_BINDINGS} bindings: p50 ${at(0.5)} us, p99 ${at(0.99)} us, p99.9 ${at(0.999)} us, worst ${at(1)} us`,
);
