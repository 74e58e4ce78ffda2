import assert from 'node:assert/strict';
import { parseCheckpoint } from '../../../models/import/checkpoint.js';
import { assertModelError } from '../../support/model-errors.js';
import { pickleBytes } from '../../support/pickle-bytes.js';
import { type ZipBytesEntry, zipBytes } from '../../support/zip-bytes.js';

const { of, dict, tensor, reduce, global, tuple, text, int } = pickleBytes;
/** 0, 1, ... 11 as float32. */
const storage = new Uint8Array(Float32Array.from({ length: 12 }, (_, i) => i).buffer);

/** A torch.save archive of one pickled value and storage 0. */
function torchFile(value: Uint8Array, more: readonly ZipBytesEntry[] = []): Uint8Array {
  return zipBytes([{ name: 'm/data.pkl', bytes: of(value) }, { name: 'm/data/0', bytes: storage }, ...more]);
}

function tensorFile(options: Partial<Parameters<typeof tensor>[0]>): Uint8Array {
  return torchFile(dict({ w: tensor({ storageLength: 12, shape: [3, 4], strides: [4, 1], ...options }) }));
}

describe('torch checkpoint', () => {
  it('reads contiguous, transposed, offset and scalar tensors', () => {
    const file = torchFile(
      dict({
        plain: tensor({ storageLength: 12, shape: [3, 4], strides: [4, 1] }),
        transposed: tensor({ storageLength: 12, shape: [4, 3], strides: [1, 4] }),
        part: tensor({ storageLength: 12, offset: 5, shape: [2, 2], strides: [4, 1] }),
        scalar: tensor({ storageLength: 12, offset: 7, shape: [], strides: [] }),
        empty: tensor({ storageLength: 12, shape: [0, 5], strides: [5, 1] }),
      }),
    );
    const dictionary = parseCheckpoint(file).stateDict;
    assert.deepEqual([...dictionary.get('plain')!.data], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    assert.deepEqual([...dictionary.get('transposed')!.data], [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
    assert.deepEqual([...dictionary.get('part')!.data], [5, 6, 9, 10]);
    assert.deepEqual([...dictionary.get('scalar')!.data], [7]);
    assert.deepEqual(dictionary.get('empty')!.shape, [0, 5]);
  });

  it('unwraps parameters, and the dict that training programs put around', () => {
    const parameter = reduce(
      global('torch._utils', '_rebuild_parameter'),
      tuple(tensor({ storageLength: 12, shape: [2], strides: [1] }), pickleBytes.opcodes(0x88), tuple()),
    );
    const file = torchFile(dict({ epoch: int(3), state_dict: dict({ w: parameter }) }));
    assert.deepEqual([...parseCheckpoint(file).stateDict.get('w')!.data], [0, 1]);
  });

  const lies: readonly [string, Uint8Array, RegExp][] = [
    ['reaches beyond its storage by shape', tensorFile({ shape: [4, 4] }), /beyond its storage/],
    ['reaches beyond its storage by stride', tensorFile({ strides: [6, 1] }), /beyond its storage/],
    ['reaches beyond its storage by offset', tensorFile({ offset: 1 }), /beyond its storage/],
    [
      'is expanded beyond its storage',
      tensorFile({ shape: [1000, 1000], strides: [0, 0] }),
      /beyond its storage/,
    ],
    ['has a negative size', tensorFile({ shape: [-3, 4] }), /size/],
    ['has a negative stride', tensorFile({ strides: [-4, 1] }), /stride/],
    ['has a negative offset', tensorFile({ offset: -1 }), /offset -1/],
    ['has fewer strides than sizes', tensorFile({ strides: [1] }), /2 sizes and 1 strides/],
    ['claims a longer storage', tensorFile({ storageLength: 1_000_000 }), /expected 4000000 bytes/],
    ['names a storage that is not there', tensorFile({ key: '../0' }), /no entry/],
    ['has an odd storage type', tensorFile({ type: 'QUInt8Storage' }), /./],
  ];
  for (const [what, file, message] of lies) {
    it(`refuses a tensor that ${what}`, async () => {
      await assertModelError(() => parseCheckpoint(file), 'MODEL_TORCH', message);
    });
  }

  const evil = reduce(global('posix', 'system'), tuple(text('echo pwned')));
  it('refuses a pickle that calls os.system, in a checkpoint', () =>
    assertModelError(
      () => parseCheckpoint(torchFile(dict({ w: evil }))),
      'MODEL_PICKLE_CALL',
      /posix\.system/,
    ));

  it('refuses a bare pickle that calls os.system', () =>
    assertModelError(() => parseCheckpoint(of(evil)), 'MODEL_PICKLE_CALL', /posix\.system/));

  it('refuses a bare pickle, a text, nothing', async () => {
    await assertModelError(() => parseCheckpoint(of(dict({ a: int(1) }))), 'MODEL_TORCH', /bare pickle/);
    await assertModelError(() => parseCheckpoint(Buffer.from('# SaShiMi\n')), 'MODEL_TORCH', /neither/);
    await assertModelError(() => parseCheckpoint(new Uint8Array()), 'MODEL_TORCH', /neither/);
  });

  it('refuses what is no state dict', async () => {
    await assertModelError(() => parseCheckpoint(torchFile(int(1))), 'MODEL_TORCH', /state dict/);
    await assertModelError(() => parseCheckpoint(torchFile(dict({ a: int(1) }))), 'MODEL_TORCH', /under a\b/);
    await assertModelError(
      () => parseCheckpoint(zipBytes([{ name: 'a', bytes: storage }])),
      'MODEL_TORCH',
      /data\.pkl/,
    );
  });

  it('refuses big-endian storages', () => {
    const file = torchFile(dict({}), [{ name: 'm/byteorder', bytes: Buffer.from('big') }]);
    return assertModelError(() => parseCheckpoint(file).stateDict, 'MODEL_TORCH', /big/);
  });

  it('refuses every truncation', async () => {
    const file = tensorFile({});
    for (let bytes = 4; bytes < file.length; bytes += 7) {
      await assertModelError(() => parseCheckpoint(file.subarray(0, bytes)), 'MODEL_ZIP');
    }
  });
});
