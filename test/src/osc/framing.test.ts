import assert from 'node:assert/strict';
import { Deframer, type Framing, frame } from '../../../src/osc/framing.js';
import { WIRE_LIMITS } from '../../../src/osc/wire.js';
import { seededRandom } from '../../support/random.js';

function taken(stream: Uint8Array, sizes: () => number): { packets: string[]; deframer: Deframer } {
  const packets: string[] = [];
  const deframer = new Deframer((bytes) => packets.push(Buffer.from(bytes).toString('latin1')));
  for (let at = 0; at < stream.length; ) {
    const size = sizes();
    deframer.take(stream.subarray(at, at + size));
    at += size;
  }
  return { packets, deframer };
}

const PACKETS = ['/a\0\0', `/b\xc0\xdb\xdc${'x'.repeat(3000)}`, '#bundle\0', '\xdb\xc0\xc0\xdb'];

describe('packets in a stream', () => {
  for (const framing of ['length', 'slip'] as const satisfies readonly Framing[]) {
    const stream = Buffer.concat(PACKETS.map((packet) => frame(Buffer.from(packet, 'latin1'), framing)));

    it(`are the same however the bytes come: ${framing}`, () => {
      const random = seededRandom(5);
      for (const sizes of [
        () => 1,
        () => 2,
        () => 7,
        () => stream.length,
        () => 1 + Math.floor(random() * 900),
      ]) {
        const { packets, deframer } = taken(stream, sizes);
        assert.deepEqual(packets, PACKETS);
        assert.equal(deframer.framing, framing);
        assert.equal(deframer.isInside, false);
        assert.equal(deframer.failure, undefined);
      }
    });

    it(`know when one is not complete: ${framing}`, () => {
      const { packets, deframer } = taken(stream.subarray(0, stream.length - 2), () => 100);
      assert.equal(packets.length, PACKETS.length - 1);
      assert.ok(deframer.isInside);
    });
  }

  it('begin without the mark of SLIP too', () => {
    for (const packet of ['/a\0\0', '#bundle\0'])
      assert.deepEqual(taken(Buffer.from(`${packet}\xc0`, 'latin1'), () => 3).packets, [packet]);
  });

  it('pass over empty ones', () => {
    assert.deepEqual(taken(Buffer.from([0xc0, 0xc0, 0x2f, 0xc0, 0xc0]), () => 1).packets, ['/']);
    assert.deepEqual(taken(Buffer.from([0, 0, 0, 0, 0, 0, 0, 1, 0x2f]), () => 2).packets, ['/']);
  });

  it('are given up where they cannot be told apart any more, and nothing is read after that', () => {
    const broken: readonly (readonly [Uint8Array, RegExp])[] = [
      [Buffer.from('GET / HTTP/1.1\r\n'), /begins with/],
      [Buffer.from([0, 1, 0, 0, 1, 2, 3]), /65536 bytes is announced/],
      [Buffer.from([0xc0, 0x2f, 0xdb, 0x2f, 0xc0]), /cannot follow/],
      [Buffer.alloc(WIRE_LIMITS.maxPacketBytes + 1, '/'), /longer than 65535/],
    ];
    for (const [bytes, reason] of broken)
      for (const size of [1, 1000, bytes.length]) {
        const { packets, deframer } = taken(bytes, () => size);
        assert.match(deframer.failure ?? '', reason);
        assert.deepEqual(packets, []);
      }
  });
});
