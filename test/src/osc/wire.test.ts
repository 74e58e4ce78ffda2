import assert from 'node:assert/strict';
import { OscError } from '../../../src/control/index.js';
import { type OscArg, type OscMessage, type OscPacket, WIRE_LIMITS } from '../../../src/osc/wire.js';
import { decodePacket } from '../../../src/osc/wire-decode.js';
import { encodePacket } from '../../../src/osc/wire-encode.js';
import { bundle, message, OscJs } from './packets.js';

function decoded(bytes: Uint8Array): OscPacket {
  const result = decodePacket(bytes);
  assert.ok(result.ok, result.ok ? '' : result.message);
  return result.packet;
}

function refused(bytes: Uint8Array): string {
  const result = decodePacket(bytes);
  assert.ok(!result.ok, 'the packet was accepted');
  assert.ok(result.message.length > 10);
  return result.code;
}

const EVERY_TYPE: readonly OscArg[] = [
  { type: 'i', value: -0x8000_0000 },
  { type: 'i', value: 0x7fff_ffff },
  { type: 'f', value: Math.fround(0.1) },
  { type: 'f', value: Number.POSITIVE_INFINITY },
  { type: 's', value: '' },
  { type: 's', value: 'abc' },
  { type: 's', value: 'naïve – 音' },
  { type: 'b', value: new Uint8Array(0) },
  { type: 'b', value: Uint8Array.of(1, 2, 3, 4, 5) },
  { type: 'h', value: -(2n ** 63n) },
  { type: 'h', value: 2n ** 63n - 1n },
  { type: 't', value: { seconds: 0xffff_ffff, fraction: 0x8000_0001 } },
  { type: 'd', value: Math.PI },
  { type: 'd', value: Number.NaN },
  { type: 'S', value: 'symbol' },
  { type: 'c', value: '~' },
  { type: 'r', value: 0xff00_80ff },
  { type: 'm', value: [0, 0x90, 60, 127] },
  { type: 'T' },
  { type: 'F' },
  { type: 'N' },
  { type: 'I' },
  { type: '[', value: [] },
  {
    type: '[',
    value: [
      { type: 'i', value: 1 },
      { type: '[', value: [{ type: 'T' }, { type: 's', value: 'in' }] },
    ],
  },
];

describe('OSC wire', () => {
  it('round-trips every type, alone and all together', () => {
    for (const arg of EVERY_TYPE) {
      const packet = message('/a', arg);
      assert.deepStrictEqual(decoded(encodePacket(packet)), packet);
    }
    const all = message('/all/of/them', ...EVERY_TYPE);
    assert.deepStrictEqual(decoded(encodePacket(all)), all);
  });

  it('writes the bytes of the specification', () => {
    // The two examples of OSC 1.0.
    const oscillator = Buffer.from(
      encodePacket(message('/oscillator/4/frequency', { type: 'f', value: 440 })),
    );
    assert.equal(
      oscillator.toString('hex'),
      '2f6f7363696c6c61746f722f342f6672657175656e6379002c66000043dc0000',
    );
    const foo = message(
      '/foo',
      { type: 'i', value: 1000 },
      { type: 'i', value: -1 },
      { type: 's', value: 'hello' },
      { type: 'f', value: Math.fround(1.234) },
      { type: 'f', value: Math.fround(5.678) },
    );
    assert.equal(
      Buffer.from(encodePacket(foo)).toString('hex'),
      '2f666f6f000000002c69697366660000000003e8ffffffff68656c6c6f0000003f9df3b640b5b22d',
    );
  });

  it('keeps nested bundles apart by their element sizes', () => {
    const packet = bundle(
      { seconds: 1, fraction: 2 },
      bundle({ seconds: 3, fraction: 4 }, message('/inner'), message('/inner/two', { type: 'i', value: 1 })),
      message('/after'),
      bundle({ seconds: 5, fraction: 6 }),
    );
    assert.deepStrictEqual(decoded(encodePacket(packet)), packet);
  });

  it('reads a view at any offset of a larger buffer', () => {
    const packet = message('/at/an/offset', ...EVERY_TYPE);
    const bytes = encodePacket(packet);
    for (const byteOffset of [1, 2, 3, 4, 1000]) {
      const larger = new Uint8Array(bytes.byteLength + byteOffset + 9).fill(0x2f);
      larger.set(bytes, byteOffset);
      assert.deepStrictEqual(decoded(larger.subarray(byteOffset, byteOffset + bytes.byteLength)), packet);
    }
  });

  it('keeps nothing of the bytes it read', () => {
    const bytes = Uint8Array.from(encodePacket(message('/b', { type: 'b', value: Uint8Array.of(7, 8) })));
    const packet = decoded(bytes) as OscMessage;
    bytes.fill(0);
    assert.deepStrictEqual(packet.args[0], { type: 'b', value: Uint8Array.of(7, 8) });
  });

  it('takes a message without type tags as one without arguments', () => {
    assert.deepStrictEqual(decoded(Buffer.from('/panic\0\0')), message('/panic'));
  });

  for (const [name, bytes] of [
    ['nothing', Buffer.alloc(0)],
    ['a length that is no multiple of four', Buffer.from('/abc\0')],
    ['text', Buffer.from('hello world!')],
    ['an address without an end', Buffer.from('/abcdefg')],
    ['type tags without a comma', Buffer.from('/ab\0if\0\0')],
    ['type tags without an end', Buffer.from('/ab\0,iii')],
    ['an unknown type tag', Buffer.from('/ab\0,Z\0\0')],
    ['a missing argument', Buffer.from('/ab\0,i\0\0')],
    ['half a double', Buffer.from('/ab\0,d\0\0\0\0\0\0')],
    ['bytes after the last argument', Buffer.from('/ab\0,\0\0\0\0\0\0\0')],
    ['an array that is not closed', Buffer.from('/ab\0,[i\0\0\0\0\0')],
    ['an array that was not opened', Buffer.from('/ab\0,]\0\0')],
    ['a blob that claims 4 GiB', Buffer.from('/ab\0,b\0\0\xff\xff\xff\xfd', 'latin1')],
    ['a blob one byte larger than the packet', Buffer.from('/ab\0,b\0\0\0\0\0\x05abcd', 'latin1')],
    ['a head that is nearly #bundle', Buffer.from('#bundlE\0\0\0\0\0\0\0\0\x01')],
    ['a bundle without its time tag', Buffer.from('#bundle\0\0\0\0\0')],
    [
      'an element larger than its bundle',
      Buffer.from('#bundle\0\0\0\0\0\0\0\0\x01\0\0\0\x08/ab\0', 'latin1'),
    ],
    ['an element of no bytes', Buffer.from('#bundle\0\0\0\0\0\0\0\0\x01\0\0\0\0', 'latin1')],
    [
      'a string that runs into the next element',
      Buffer.from('#bundle\0\0\0\0\0\0\0\0\x01\0\0\0\x04/abc\0\0\0\x04/b\0\0', 'latin1'),
    ],
  ] as const)
    it(`refuses ${name}`, () => assert.equal(refused(bytes), 'OSC_BAD_PACKET'));

  it('refuses what passes its limits', () => {
    const nested = (depth: number): OscPacket =>
      depth === 0 ? message('/m') : bundle({ seconds: 0, fraction: 1 }, nested(depth - 1));
    const array = (depth: number): OscArg =>
      depth === 0 ? { type: 'T' } : { type: '[', value: [array(depth - 1)] };
    const many = (n: number): OscPacket =>
      bundle({ seconds: 0, fraction: 1 }, ...Array.from({ length: n }, () => message('/m')));
    const args = (n: number): OscPacket =>
      message('/m', ...Array.from({ length: n }, () => ({ type: 'T' }) as const));
    for (const [atLimit, overLimit] of [
      [nested(WIRE_LIMITS.maxBundleDepth), nested(WIRE_LIMITS.maxBundleDepth + 1)],
      [message('/m', array(WIRE_LIMITS.maxArrayDepth)), message('/m', array(WIRE_LIMITS.maxArrayDepth + 1))],
      [many(WIRE_LIMITS.maxMessages), many(WIRE_LIMITS.maxMessages + 1)],
      [args(WIRE_LIMITS.maxArgs), args(WIRE_LIMITS.maxArgs + 1)],
      [message(`/${'a'.repeat(254)}`), message(`/${'a'.repeat(255)}`)],
    ] as const) {
      assert.deepStrictEqual(decoded(encodePacket(atLimit)), atLimit);
      assert.equal(refused(encodePacket(overLimit)), 'OSC_PACKET_TOO_BIG');
    }
    assert.equal(refused(new Uint8Array(WIRE_LIMITS.maxPacketBytes + 1)), 'OSC_PACKET_TOO_BIG');
  });

  it('refuses to write what a type cannot hold', () => {
    for (const arg of [
      { type: 'i', value: 0x8000_0000 },
      { type: 'i', value: 0.5 },
      { type: 'h', value: 2n ** 63n },
      { type: 's', value: 'a\0b' },
      { type: 'c', value: 'ab' },
      { type: 'c', value: 'é' },
      { type: 'r', value: -1 },
      { type: 'm', value: [0, 256, 0, 0] },
      { type: 't', value: { seconds: -1, fraction: 0 } },
    ] as const satisfies readonly OscArg[])
      assert.throws(
        () => encodePacket(message('/m', arg)),
        (error) => error instanceof OscError && error.code === 'OSC_BAD_ENCODING',
      );
  });

  it('agrees with osc-js in both directions where osc-js is right', () => {
    const args = [
      { type: 'i', value: 42 },
      { type: 'f', value: 0.5 },
      { type: 's', value: 'text' },
      { type: 'b', value: Uint8Array.of(1, 2, 3) },
      { type: 'd', value: 1e-9 },
      { type: 'h', value: -5_000_000_000n },
      { type: 'T' },
      { type: 'F' },
      { type: 'N' },
      { type: 'I' },
    ] as const satisfies readonly OscArg[];
    const typed = args.map((arg) => ({ type: arg.type, value: 'value' in arg ? arg.value : null }));
    const theirs = new OscJs.TypedMessage('/both/ways', typed).pack();
    assert.deepStrictEqual(decoded(theirs), message('/both/ways', ...args));

    const ours = encodePacket(message('/both/ways', ...args));
    assert.deepStrictEqual(Buffer.from(ours), Buffer.from(theirs));
    const read = new OscJs.Message();
    read.unpack(new DataView(Uint8Array.from(ours).buffer));
    assert.equal(read.address, '/both/ways');
    assert.equal(read.types, ',ifsbdhTFNI');
    assert.deepEqual(read.args.slice(0, 3), [42, 0.5, 'text']);
  });
});
