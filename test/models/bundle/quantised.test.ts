import assert from 'node:assert/strict';
import { join } from 'node:path';
import {
  codesOf,
  tensorOfBfloat16,
  tensorOfCodes,
  toBfloat16Bits,
} from '../../../models/bundle/quantised.js';
import { bfloat16ToNumber, type SavedTensor } from '../../../models/bundle/safetensors.js';
import { loadBundle, type Tensor, writeBundle } from '../../../models/index.js';
import { forgeManifest, forgeTensors } from '../../support/forge-weights.js';
import { assertModelError } from '../../support/model-errors.js';
import { seededRandom } from '../../support/random.js';
import { withTemporaryFolder } from '../../support/temporary-folder.js';
import { tinyBundleParts } from '../../support/tiny-bundle.js';

/** Width 9 gives rows of an odd number of inputs, and last groups that are not full. */
const odd = { dModel: 9 };
const name = 'decoder.weight';
const scaleName = 'decoder.weight.scale';

/** Random codes of the whole range, and scales of every magnitude that a weight may have. */
function randomCodes(
  shape: readonly number[],
  format: 'int8' | 'int4',
  uniform: () => number,
): { tensor: Tensor; codes: Int8Array } {
  const [outputs, inputs] = shape as [number, number];
  const [min, max] = format === 'int8' ? [-127, 127] : [-8, 7];
  const groups = format === 'int8' ? 1 : Math.ceil(inputs / 32);
  const codes = Int8Array.from(
    { length: outputs * inputs },
    () => min + Math.floor(uniform() * (max - min + 1)),
  );
  const scales = Float32Array.from({ length: outputs * groups }, () => 2 ** (-40 + 50 * uniform()));
  return { tensor: tensorOfCodes(shape, format, codes, scales), codes };
}

/** Every matrix of the tiny bundle in one format. */
function quantisedParts(format: 'bf16' | 'int8' | 'int4') {
  const { draft, tensors } = tinyBundleParts(odd);
  const uniform = seededRandom(7);
  for (const [key, { shape, data }] of tensors) {
    if (shape.length !== 2) continue;
    const tensor =
      format === 'bf16'
        ? tensorOfBfloat16(
            shape,
            data.map((x) => bfloat16ToNumber(toBfloat16Bits(x))),
          )
        : randomCodes(shape, format, uniform).tensor;
    tensors.set(key, tensor);
  }
  return { draft, tensors };
}

describe('quantised matrices', () => {
  for (const format of ['int8', 'int4'] as const) {
    it(`give their ${format} codes back, whatever the scale`, () => {
      const uniform = seededRandom(3);
      for (const inputs of [1, 9, 32, 33, 100]) {
        const { tensor, codes } = randomCodes([20, inputs], format, uniform);
        assert.deepEqual(codesOf('t', tensor, tensor.quantised!), codes);
      }
    });
  }

  it('round to the nearest bfloat16, to the even one of two', () => {
    const cases: [number, number][] = [
      [1, 0x3f80],
      [-2.5, 0xc020],
      [1 + 2 ** -8, 0x3f80],
      [1 + 3 * 2 ** -8, 0x3f82],
      [1 + 2 ** -8 + 2 ** -20, 0x3f81],
      [-0, 0x8000],
      [2 ** -149, 0],
      [3.4e38, 0x7f80],
    ];
    for (const [x, bits] of cases) assert.equal(toBfloat16Bits(x), bits, String(x));
  });
});

describe('quantised bundle', () => {
  for (const format of ['bf16', 'int8', 'int4'] as const) {
    it(`of ${format} is read back as it was written`, () =>
      withTemporaryFolder(async (temporary) => {
        const folder = join(temporary, 'tiny');
        const { draft, tensors } = quantisedParts(format);
        const written = await writeBundle(folder, draft, tensors, '# Tiny\n');
        assert.equal(written.manifest.weights.format, format);
        const read = await loadBundle(folder);
        assert.deepEqual(read.manifest, written.manifest);
        assert.deepEqual(read.tensors, written.tensors);
        assert.equal(read.tensors.get(name)!.quantised!.format, format);
      }));
  }

  it('states the narrowest of several formats', () =>
    withTemporaryFolder(async (temporary) => {
      const { draft, tensors } = quantisedParts('int4');
      tensors.set(name, quantisedParts('int8').tensors.get(name)!);
      const folder = join(temporary, 'tiny');
      await writeBundle(folder, draft, tensors, '');
      const { manifest, tensors: read } = await loadBundle(folder);
      assert.equal(manifest.weights.format, 'int4');
      assert.equal(read.get(name)!.quantised!.format, 'int8');
    }));

  it('is not written with values that are no codes', () =>
    withTemporaryFolder(async (temporary) => {
      for (const format of ['bf16', 'int8', 'int4'] as const) {
        const { draft, tensors } = quantisedParts(format);
        const { data } = tensors.get(name)!;
        data[5] = data[5]! * 1.001 + 1e-30;
        const write = () => writeBundle(join(temporary, format), draft, tensors, '');
        await assertModelError(write, 'MODEL_ARGUMENT', /decoder\.weight.* at 5/);
      }
    }));
});

type Change = (tensors: Map<string, SavedTensor>) => void;

function replace(key: string, change: (tensor: SavedTensor) => SavedTensor): Change {
  return (tensors) => tensors.set(key, change(tensors.get(key)!));
}

function poke(key: string, value: number): Change {
  return (tensors) => {
    tensors.get(key)!.data[3] = value;
  };
}

describe('hostile quantised bundle', () => {
  const cases: [string, 'bf16' | 'int8' | 'int4', Change, Parameters<typeof assertModelError>[1], RegExp][] =
    [
      ['codes below -127', 'int8', poke(name, -128), 'MODEL_TENSOR_VALUE', /-127 to 127.*-128 at 3/],
      ['no scale', 'int8', (t) => t.delete(scaleName), 'MODEL_TENSOR_MISSING', /weight\.scale/],
      ['a scale that is not finite', 'int8', poke(scaleName, Number.NaN), 'MODEL_TENSOR_VALUE', /NaN at 3/],
      ['an infinite scale', 'int4', poke(scaleName, Infinity), 'MODEL_TENSOR_VALUE', /Infinity at 3/],
      ['a negative scale', 'int4', poke(scaleName, -1), 'MODEL_TENSOR_VALUE', /-1 at 3/],
      ['a scale of zero', 'int8', poke(scaleName, 0), 'MODEL_TENSOR_VALUE', /received 0 at 3/],
      ['a scale that overflows', 'int8', poke(scaleName, 3e38), 'MODEL_TENSOR_VALUE', /decoder\.weight/],
      [
        'scales of another type',
        'int8',
        replace(scaleName, () => ({ shape: [256], data: new Uint16Array(256).fill(0x3f80) })),
        'MODEL_TENSOR_SHAPE',
        /F32.*scale.*BF16/,
      ],
      [
        'scales of another shape',
        'int4',
        replace(scaleName, () => ({ shape: [256], data: new Float32Array(256).fill(1) })),
        'MODEL_TENSOR_SHAPE',
        /\(256, 1\).*\(256\)/,
      ],
      [
        'codes of another shape',
        'int4',
        replace(name, () => ({ shape: [256, 9], data: new Uint8Array(256 * 9) })),
        'MODEL_TENSOR_SHAPE',
        /\(256, 5\).*\(256, 9\)/,
      ],
      ['a code in an unused half byte', 'int4', poke('decoder.weight', 0), 'MODEL_TENSOR_VALUE', /unused/],
      [
        'a matrix of a type that no format has',
        'bf16',
        replace(name, ({ shape }) => ({ shape, data: new BigInt64Array(256 * 9) })),
        'MODEL_TENSOR_SHAPE',
        /I64/,
      ],
      ['an infinite bfloat16', 'bf16', poke(name, 0x7f80), 'MODEL_TENSOR_VALUE', /Infinity at 3/],
      [
        'a quantised bias',
        'int8',
        replace('decoder.bias', ({ shape }) => ({ shape, data: new Int8Array(256) })),
        'MODEL_TENSOR_SHAPE',
        /Expected F32 for tensor decoder\.bias but received I8/,
      ],
    ];
  for (const [what, format, change, code, message] of cases) {
    it(`with ${what} is refused`, () =>
      withTemporaryFolder(async (temporary) => {
        const folder = join(temporary, 'tiny');
        const { draft, tensors } = quantisedParts(format);
        await writeBundle(folder, draft, tensors, '');
        await forgeTensors(folder, (saved) => {
          // Of nine codes a row the fifth byte has one, so its upper half is unused.
          if (what.includes('unused')) saved.get(name)!.data[4] = 0x10;
          change(saved);
        });
        await assertModelError(() => loadBundle(folder), code, message);
      }));
  }

  it('whose manifest states another format is refused', () =>
    withTemporaryFolder(async (temporary) => {
      const folder = join(temporary, 'tiny');
      const { draft, tensors } = quantisedParts('int8');
      await writeBundle(folder, draft, tensors, '');
      for (const [format, message] of [
        ['int4', /int4, but the narrowest tensor is int8/],
        [undefined, /f32, but the narrowest tensor is int8/],
        ['int2', /"bf16","int8","int4"/],
      ] as const) {
        await forgeManifest(folder, ({ weights }) => Object.assign(weights as object, { format }));
        await assertModelError(() => loadBundle(folder), 'MODEL_MANIFEST', message);
      }
    }));
});
