import assert from 'node:assert/strict';
import { join } from 'node:path';
import {
  decodeTable,
  encode,
  encodeClip,
  encodeSample,
  type Quantiser,
  readSafetensors,
  toFloat32,
  toFloat64,
} from '../../../models/index.js';
import { goldens } from '../../support/shared-data.js';

const muLaw: Quantiser = { kind: 'mu-law', levels: 256, startToken: 128 };
const linear: Quantiser = { kind: 'linear', levels: 256, startToken: 128 };

describe('quantiser', () => {
  for (const [quantiser, ids, table] of [
    [muLaw, 'mu_ids', 'mu_decode_table'],
    [linear, 'linear_ids', 'linear_decode_table'],
  ] as const) {
    it(`${quantiser.kind} equals the official ids and decode table, bit for bit`, async function () {
      const { tensors } = await readSafetensors(join(goldens(this, 'quant'), 'quant.safetensors'));
      assert.deepEqual(decodeTable(quantiser), toFloat32(tensors.get(table)!));
      const audio = toFloat32(tensors.get('audio')!);
      assert.deepEqual([...encodeClip(quantiser, audio)], [...toFloat64(tensors.get(ids)!)]);
    });

    it(`${quantiser.kind} decodes within one level of what was encoded`, () => {
      const amplitudes = decodeTable(quantiser);
      for (let x = -1; x <= 1; x += 1 / 512) {
        const id = encodeSample(quantiser, x);
        assert.ok(amplitudes[id]! <= x + 1e-2, `${x} became ${id}`);
        assert.ok(id === 255 || amplitudes[id + 1]! >= x - 1e-2, `${x} became ${id}`);
      }
    });

    it(`${quantiser.kind} clamps what is out of range`, () => {
      assert.deepEqual(
        [...encode(quantiser, Float32Array.of(-7, -1, 1, 7, Number.NaN))],
        [0, 0, 255, 255, 128],
      );
    });
  }

  it('has the three fixed points that are known: silence, bottom and top', () => {
    const table = decodeTable(muLaw);
    assert.equal(table[128], 0);
    assert.equal(table[0], -1);
    assert.ok(Math.abs(table[255]! - 0.957) < 5e-4);
    assert.ok(Math.abs(decodeTable(linear)[255]! - 0.992) < 5e-4);
  });

  it('is no round trip on the positive side, as the official one is not', () => {
    const table = decodeTable(muLaw);
    const lowered = [...table.keys()].filter((id) => encodeSample(muLaw, table[id]!) === id - 1);
    assert.equal(lowered.length, 126);
  });
});
