/** Addresses that come and go with voices. */
import assert from 'node:assert/strict';
import { createNodeRegistry } from '../../../src/container/node-registry.js';
import {
  addressTableOf,
  COMMANDS,
  type ControlArg,
  interpret,
  isVoiceId,
  voiceAddresses,
} from '../../../src/control/index.js';
import { readPreset } from '../../../src/engine/presets.js';
import { AddressIndex, PATTERN_LIMITS } from '../../../src/osc/address-index.js';

const registry = createNodeRegistry([]);
const { patch } = readPreset('shore');
const number = (value: number): ControlArg => ({ kind: 'number', value });

describe('the addresses of voices', () => {
  it('are those of the voice and of all its nodes', () => {
    const table = voiceAddresses('bee', patch, registry);
    const addresses = table.map(({ address }) => address);
    assert.equal(new Set(addresses).size, addresses.length);
    for (const own of ['gain', 'position', 'fade', 'model/temperature', 'model/reset'])
      assert.ok(addresses.includes(`/voice/bee/${own}`), own);
    const { target } = table.find(({ address }) => address === '/voice/bee/model/temperature')!;
    assert.ok(target.kind === 'param' && target.nodeId === 'bee/model');
  });

  it('leave out words that are commands, and what no address can hold', () => {
    for (const address of Object.keys(COMMANDS))
      if (address.startsWith('/voice/')) assert.ok(!isVoiceId(address.slice('/voice/'.length)), address);
    for (const id of ['', 'a/b', 'a b', '~1', '*', 'ä', 'x'.repeat(33), '..']) assert.ok(!isVoiceId(id), id);
    for (const id of ['bee', 'Enemy_12', '7', 'a-b']) assert.ok(isVoiceId(id), id);
  });

  it('come and go beside a table, for patterns too, within what a packet is given', () => {
    const index = new AddressIndex(addressTableOf(patch, registry));
    const before = [...index.addresses()].length;
    const tables = Array.from({ length: 64 }, (_, n) => voiceAddresses(`v${n}`, patch, registry));
    for (const table of tables) index.add(table);
    const budget = () => ({ steps: PATTERN_LIMITS.stepsPerPacket });
    const all = index.match('/voice/*/gain', budget());
    assert.ok(all.ok && all.entries.length === 64);
    const some = index.match('/voice/v{1,2}/*/temperature', budget());
    assert.ok(some.ok && some.entries.length === 2);
    const own = index.match('/node/*/temperature', budget());
    assert.ok(own.ok && own.entries.length === 1);
    for (const table of tables.slice(1)) index.remove(table);
    const left = index.match('/voice/*/gain', budget());
    assert.ok(left.ok && left.entries.length === 1);
    index.remove(tables[0]!);
    assert.equal([...index.addresses()].length, before);
  });

  it('mean what they say', () => {
    const table = voiceAddresses('bee', patch, registry);
    const say = (name: string, ...args: ControlArg[]) =>
      interpret(table.find(({ address }) => address === `/voice/bee/${name}`)!, args);
    assert.deepEqual(say('position', number(-450), number(3)), {
      kind: 'control',
      message: { kind: 'voice-place', voice: 'bee', azimuth: -90, distance: 3, rampMs: 20 },
    });
    const far = say('position', number(0), number(1e9), number(-1));
    assert.ok(far.kind === 'control' && far.message.kind === 'voice-place');
    assert.deepEqual(
      [far.message.distance, far.message.rampMs, far.warning?.code],
      [10_000, 0, 'OSC_CLAMPED'],
    );
    assert.deepEqual(say('fade', number(500)), {
      kind: 'control',
      message: { kind: 'voice-fade', voice: 'bee', fadeMs: 500 },
    });
    assert.deepEqual(say('gain', number(-6), number(100)), {
      kind: 'control',
      message: { kind: 'param', nodeId: 'bee/', name: 'gain', value: -6, rampMs: 100 },
    });
    for (const refused of [
      say('position', number(0)),
      say('position', number(Number.NaN), number(1)),
      say('gain'),
    ])
      assert.equal(refused.kind, 'refusal');
  });
});
