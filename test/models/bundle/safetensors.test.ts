import assert from 'node:assert/strict';
import { encodeSafetensors, parseSafetensors, toFloat32, toFloat64 } from '../../../models/index.js';
import { assertModelError } from '../../support/model-errors.js';

describe('safetensors', () => {
  it('reads back what it writes', () => {
    const file = encodeSafetensors(
      [
        ['a', { shape: [2, 2], data: Float32Array.of(1, -2, 3.5, 0) }],
        ['scalar', { shape: [], data: Float32Array.of(7) }],
        ['empty', { shape: [0, 3], data: new Float32Array() }],
      ],
      { format: 'test' },
    );
    const { tensors, metadata } = parseSafetensors(file);
    assert.deepEqual(metadata, { format: 'test' });
    assert.deepEqual([...tensors.keys()], ['a', 'scalar', 'empty']);
    assert.deepEqual(tensors.get('a')!.shape, [2, 2]);
    assert.deepEqual([...toFloat32(tensors.get('a')!)], [1, -2, 3.5, 0]);
    assert.deepEqual([...toFloat32(tensors.get('scalar')!)], [7]);
  });

  it('copies out of a Buffer, whose slice() would share its memory', () => {
    const file = encodeSafetensors([['a', { shape: [1], data: Float32Array.of(4) }]]);
    const values = toFloat32(parseSafetensors(Buffer.concat([Buffer.from(file)])).tensors.get('a')!);
    assert.deepEqual([...values], [4]);
  });

  const types: readonly [string, number[], number[]][] = [
    ['F64', [...new Uint8Array(Float64Array.of(0.1).buffer)], [0.1]],
    ['F16', [0x00, 0xc0, 0x01, 0x00], [-2, 2 ** -24]],
    ['BF16', [0x80, 0x3f, 0x49, 0x40], [1, 3.140625]],
    ['I64', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [-1]],
    ['I32', [0x00, 0x00, 0x00, 0x80], [-(2 ** 31)]],
    ['I8', [0x80, 0x7f], [-128, 127]],
    ['U8', [0, 255], [0, 255]],
    ['BOOL', [0, 1], [0, 1]],
  ];
  for (const [dtype, bytes, expected] of types) {
    it(`reads ${dtype}`, () => {
      const { tensors } = parseSafetensors(
        raw({ t: entry(dtype, [expected.length], 0, bytes.length) }, bytes),
      );
      assert.deepEqual([...toFloat64(tensors.get('t')!)], expected);
    });
  }

  const two = [0, 0, 128, 63, 0, 0, 0, 64];
  const lies: readonly [string, Uint8Array, RegExp][] = [
    ['is too short for a header length', Uint8Array.of(1, 0, 0), /8 bytes/],
    ['claims a header longer than the file', header(1000n, '{}'), /1000 bytes/],
    ['claims a header of 2^63 bytes', header(1n << 63n, '{}'), /header claims/],
    ['has a header that is no JSON', header(2n, '{]'), /not JSON/],
    ['has a header that is no object', header(2n, '[]'), /not a JSON object/],
    ['has an unknown type', raw({ t: entry('F8', [8], 0, 8) }, two), /F8/],
    ['has a type from the prototype', raw({ t: entry('toString', [8], 0, 8) }, two), /toString/],
    ['has a negative size', raw({ t: entry('F32', [-2], 0, 8) }, two), /shape/],
    ['has a fractional size', raw({ t: entry('F32', [0.5], 0, 2) }, two), /shape/],
    ['has sizes whose product overflows', raw({ t: entry('F32', [2 ** 40, 2 ** 40], 0, 8) }, two), /needs/],
    ['has a shape that disagrees with its bytes', raw({ t: entry('F32', [3], 0, 8) }, two), /needs 12 bytes/],
    ['has data beyond the end', raw({ t: entry('F32', [4], 0, 16) }, two), /0\.\.16/],
    ['ends before it begins', raw({ t: entry('F32', [0], 8, 4) }, two), /8\.\.4/],
    ['overlaps', raw({ a: entry('F32', [2], 0, 8), b: entry('F32', [1], 4, 8) }, two), /overlaps/],
    ['has a hole', raw({ a: entry('F32', [1], 4, 8) }, two), /0\.\.4 belong to no tensor/],
    ['has bytes left over', raw({ a: entry('F32', [1], 0, 4) }, two), /4\.\.8 belong to no tensor/],
    ['has metadata that is no text', raw({ __metadata__: { a: 1 } }, []), /__metadata__/],
  ];
  for (const [what, file, message] of lies) {
    it(`refuses a file that ${what}`, () =>
      assertModelError(() => parseSafetensors(file), 'MODEL_SAFETENSORS', message));
  }

  it('refuses every truncation of a good file', async () => {
    const file = encodeSafetensors([['a', { shape: [3], data: Float32Array.of(1, 2, 3) }]]);
    for (let bytes = 0; bytes < file.length; bytes++) {
      await assertModelError(() => parseSafetensors(file.subarray(0, bytes)), 'MODEL_SAFETENSORS');
    }
  });

  it('refuses to write a tensor whose shape disagrees with its data', () =>
    assertModelError(
      () => encodeSafetensors([['a', { shape: [4], data: Float32Array.of(1) }]]),
      'MODEL_TENSOR_SHAPE',
      /4 values/,
    ));
});

function entry(dtype: string, shape: number[], begin: number, end: number) {
  return { dtype, shape, data_offsets: [begin, end] };
}

function header(length: bigint, text: string, data: readonly number[] = []): Uint8Array {
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(length);
  return Buffer.concat([size, Buffer.from(text), Buffer.from(data)]);
}

function raw(entries: object, data: readonly number[]): Uint8Array {
  const text = JSON.stringify(entries);
  return header(BigInt(text.length), text, data);
}
