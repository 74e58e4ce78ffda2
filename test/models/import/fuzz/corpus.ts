/** Small checkpoints of every container, in parts, so that a mutant can be sealed again with checksums that fit. */
import { encodeSafetensors } from '../../../../models/bundle/safetensors.js';
import { pickleBytes } from '../../../support/pickle-bytes.js';
import { zipBytes } from '../../../support/zip-bytes.js';
import { type Names, type SyntheticOptions, syntheticCheckpoint } from '../synthetic-checkpoint.js';

export interface Specimen {
  readonly name: string;
  /** What mutates with meaning: the pickle, the JSON header, or the values. */
  readonly parts: readonly Uint8Array[];
  /** The file of these parts, with right lengths and checksums. */
  assemble(parts: readonly Uint8Array[]): Uint8Array;
}

const { of, dict, tensor, text, int, global, opcodes, tuple } = pickleBytes;

export function corpus(): Specimen[] {
  const names: readonly Names[] = ['standalone', 'v4', 'v3', 'v2', 'v2-nonhurwitz'];
  return [
    ...names.map((name) => torchSpecimen({ names: name }, false)),
    torchSpecimen({ names: 'v4', unet: true }, true),
    torchSpecimen({ names: 'v3', kind: 's4d', pool: [] }, true),
    safetensorsSpecimen({ names: 'standalone' }),
    safetensorsSpecimen({ names: 'v4', unet: true, numSsm: 2 }),
  ];
}

/** One storage for all tensors, as Lightning's are many: the offsets are what a mutant moves. */
function torchSpecimen(options: SyntheticOptions, isLightning: boolean): Specimen {
  const { stateDict } = syntheticCheckpoint(options);
  const total = [...stateDict.values()].reduce((sum, { data }) => sum + data.length, 0);
  const values = new Float32Array(total);
  const entries: Record<string, Uint8Array> = {};
  let offset = 0;
  for (const [name, { shape, data }] of stateDict) {
    values.set(data, offset);
    const strides = shape.map((_, axis) =>
      shape.slice(axis + 1).reduce((product, size) => product * size, 1),
    );
    entries[name] = tensor({ storageLength: total, offset, shape, strides });
    offset += data.length;
  }
  const pickle = isLightning
    ? of(
        dict({
          epoch: int(3),
          'pytorch-lightning_version': text('1.9'),
          state_dict: dict(entries),
          hyper_parameters: omegaConf(),
        }),
      )
    : of(dict(entries));
  return {
    name: `torch ${JSON.stringify(options)}`,
    parts: [pickle, new Uint8Array(values.buffer)],
    assemble: ([newPickle, newValues]) =>
      zipBytes([
        { name: 'archive/data.pkl', bytes: newPickle! },
        { name: 'archive/data/0', bytes: newValues! },
      ]),
  };
}

/** A DictConfig { model: { layer: { dt_transform } } }, as OmegaConf is pickled: by NEWOBJ and BUILD. */
function omegaConf(): Uint8Array {
  const object = (name: string, state: Uint8Array) =>
    Buffer.concat([global('omegaconf', name), tuple(), opcodes(0x81), state, opcodes(0x62)]);
  const node = (value: Uint8Array) => object('AnyNode', dict({ _val: value }));
  const config = (content: Record<string, Uint8Array>) =>
    object('DictConfig', dict({ _content: dict(content) }));
  return config({ model: config({ layer: config({ dt_transform: node(text('exp')) }) }) });
}

function safetensorsSpecimen(options: SyntheticOptions): Specimen {
  const file = encodeSafetensors(syntheticCheckpoint(options).stateDict);
  const headerBytes = Number(new DataView(file.buffer).getBigUint64(0, true));
  return {
    name: `safetensors ${JSON.stringify(options)}`,
    parts: [file.slice(8, 8 + headerBytes), file.slice(8 + headerBytes)],
    assemble: ([header, values]) => {
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(header!.length));
      return Buffer.concat([length, header!, values!]);
    },
  };
}
