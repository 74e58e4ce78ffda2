import assert from 'node:assert/strict';
import { OSC_CODES } from '../../../src/control/index.js';
import type { OscPacket } from '../../../src/osc/wire.js';
import { decodePacket } from '../../../src/osc/wire-decode.js';
import { encodePacket } from '../../../src/osc/wire-encode.js';
import { seededRandom } from '../../support/random.js';
import { bundle, f, i, message, s } from './packets.js';

const SEEDS: readonly OscPacket[] = [
  message('/node/model/temperature', f(0.8)),
  message('/preset/load', s('shore')),
  message(
    '/m',
    i(1),
    { type: 'h', value: 2n },
    { type: 'd', value: 3 },
    { type: 'b', value: Uint8Array.of(1, 2, 3) },
  ),
  message(
    '/m',
    { type: '[', value: [i(1), { type: '[', value: [s('deep')] }] },
    { type: 'm', value: [1, 2, 3, 4] },
  ),
  bundle(
    { seconds: 0, fraction: 1 },
    message('/a', f(1)),
    bundle({ seconds: 9, fraction: 9 }, message('/b'), message('/c', s('x'))),
  ),
];
const TAGS = Buffer.from('ifsbhtdScrmTFNI[],#/\0\xff', 'latin1');

describe('OSC wire under 200,000 mutated packets', () => {
  it('reads or refuses each one, and what it reads it can write and read again', function () {
    this.timeout(240_000);
    const random = seededRandom(20260101);
    const below = (n: number): number => Math.floor(random() * n);
    const seeds = SEEDS.map((packet) => Buffer.from(encodePacket(packet)));
    let numRead = 0;
    let numRefused = 0;
    for (let n = 0; n < 200_000; n++) {
      let bytes = Buffer.from(seeds[below(seeds.length)]!);
      const numEdits = below(4);
      for (let k = 0; k < numEdits && bytes.length > 0; k++) {
        const at = below(bytes.length);
        const edit = below(5);
        if (edit === 0) bytes[at] = below(256);
        else if (edit === 1) bytes[at] = TAGS[below(TAGS.length)]!;
        else if (edit === 2) bytes.writeUInt8(bytes[at]! ^ (1 << below(8)), at);
        else if (edit === 3) bytes = bytes.subarray(0, below(2) ? at : at & ~3);
        else bytes = Buffer.concat([bytes, bytes.subarray(at & ~3)]);
      }
      const decoded = decodePacket(bytes);
      if (decoded.ok) {
        numRead++;
        const again = decodePacket(encodePacket(decoded.packet));
        assert.ok(again.ok, bytes.toString('hex'));
        if (n % 16 === 0) assert.deepStrictEqual(again.packet, decoded.packet);
      } else {
        numRefused++;
        assert.ok(decoded.code in OSC_CODES, bytes.toString('hex'));
      }
    }
    // The mutations reach both outcomes often: neither branch is idle.
    assert.ok(numRead > 20_000 && numRefused > 20_000, `${numRead} read, ${numRefused} refused`);
  });
});
