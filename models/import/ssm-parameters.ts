import type { SashimiArchitecture } from '../bundle/types.js';
import { ModelError } from '../errors.js';
import type { ConfigLookup } from './config.js';
import type { Keys } from './keys.js';
import type { S4Parameters } from './s4-parameters.js';

/** Generations of the official S4 layer, told by the names of the poles. */
export type S4Generation = 'v2-nonhurwitz' | 'v2' | 'v3' | 'v4';

/** Where an S4 block keeps its layer: names up to the parameter, with the dot. */
export interface SsmNames {
  readonly generation: S4Generation;
  readonly kind: 's4d' | 's4';
  /** Of C, B, and the like. */
  readonly kernel: string;
  /** The key of D. */
  readonly skip: string;
}

type Transforms = Pick<SashimiArchitecture['ssm'], 'dtTransform' | 'realTransform' | 'discretisation'>;

const POLES: readonly [string, S4Generation][] = [
  ['A_real', 'v4'],
  ['inv_w_real', 'v3'],
  ['inv_A_real', 'v3'],
  ['log_w_real', 'v2'],
  ['w', 'v2-nonhurwitz'],
];

/** The layer inside an S4 block at `path`: v4 wraps it once more than v2 and v3 do. */
export function findSsm(keys: Keys, path: string): SsmNames {
  for (const kernel of [
    `${path}.layer.layer.kernel.`,
    `${path}.layer.kernel.kernel.`,
    `${path}.layer.kernel.`,
  ]) {
    const poles = POLES.find(([name]) => keys.has(kernel + name));
    if (poles === undefined) continue;
    return {
      generation: poles[1],
      kind: keys.has(`${kernel}P`) ? 's4' : 's4d',
      kernel,
      skip: keys.firstOf(`${path}.layer.layer.D`, `${path}.layer.D`),
    };
  }
  throw new ModelError(
    'MODEL_CHECKPOINT_KEYS',
    `Expected the poles of the S4 layer ${path} under one of the names ${POLES.map(([name]) => name).join(', ')} but there are none.`,
  );
}

/** Stored conjugate pairs N, and SSMs S that the channels of this layer share. */
export function ssmSizes(keys: Keys, { kernel, generation }: SsmNames): { pairs: number; shared: number } {
  const poles = kernel + POLES.find(([name, of]) => of === generation && keys.has(kernel + name))![0];
  return { shared: keys.size(poles, 0), pairs: keys.size(poles, 1) };
}

/**
 * How the trained numbers become time steps and poles. No tensor shows it: v2 and v3 know one way only, v4 several.
 * `isStandalone`: of the one-file model, whose constructor's default is known.
 */
export function chooseTransforms(ssm: SsmNames, isStandalone: boolean, lookup: ConfigLookup): Transforms {
  const isV4 = ssm.generation === 'v4';
  const sure = (value: 'exp' | 'none', reason: string) => ({ value, source: 'inferred', reason }) as const;
  const usual = <T extends string>(value: T, reason: string) =>
    ({ value, source: 'default', reason }) as const;
  const dtTransform = !isV4
    ? decided(lookup, 'dt_transform', 'exp', `checkpoints with ${ssm.generation} names know no other`)
    : lookup.choose({
        names: ['dt_transform'],
        options: ['exp', 'softplus', 'none'],
        ...(isStandalone
          ? { otherwise: usual('exp', 'the default of the standalone model') }
          : {
              why: 'models trained with the v4 code have softplus unless their configuration says otherwise, models converted from v3 have exp, and the wrong one plays noise',
            }),
      });
  const realTransform =
    ssm.generation === 'v2-nonhurwitz'
      ? decided(lookup, 'real_transform', 'none', 'the poles are stored as they are')
      : ssm.generation === 'v2'
        ? decided(lookup, 'real_transform', 'exp', 'the name log_w_real says so')
        : lookup.choose({
            names: ['real_transform', 'real_type'],
            options: ['exp', 'softplus', 'none'],
            otherwise: isV4
              ? usual('exp', 'the default of the official layer')
              : sure('exp', 'what v3 takes unless it is told'),
          });
  const discretisation =
    ssm.kind === 's4'
      ? 'bilinear'
      : lookup.choose({
          names: ['disc'],
          options: ['zoh', 'bilinear'],
          otherwise: usual(isV4 ? 'zoh' : 'bilinear', 'the default of the official S4D layer'),
        });
  return { dtTransform, realTransform, discretisation };
}

function decided<T extends string>(lookup: ConfigLookup, name: string, value: T, reason: string): T {
  lookup.note(name, value, reason);
  return value;
}

/** Reads one layer, of any generation, under the names and signs of v4: A = -f(A_real) - i A_imag. */
export function readSsm(
  keys: Keys,
  names: SsmNames,
  ssm: SashimiArchitecture['ssm'],
  width: number,
): S4Parameters {
  const { kernel, generation, kind } = names;
  const pairs = ssm.conjugatePairs;
  const shared = Math.min(ssm.numSsm, width);
  refuseRank(keys, names);
  const complexRows = (name: string, rows: number) => keys.values(kernel + name, [1, rows, pairs, 2]);
  const isV4 = generation === 'v4';
  return {
    inv_dt: keys.values(kernel + (isV4 ? 'inv_dt' : 'log_dt'), [width, 1]),
    ...readPoles(keys, names, shared, pairs),
    B: complexRows('B', shared),
    C: complexRows('C', width),
    P: kind === 's4' ? complexRows('P', shared) : undefined,
    Q: generation === 'v2-nonhurwitz' && kind === 's4' ? complexRows('Q', shared) : undefined,
    kernelLength: kind === 's4' ? kernelLength(keys, names) : 0,
  };
}

function readPoles(keys: Keys, { kernel, generation }: SsmNames, shared: number, pairs: number) {
  const read = (name: string) => keys.values(kernel + name, [shared, pairs]);
  const negative = (values: Float64Array) => values.map((value) => -value);
  switch (generation) {
    case 'v4':
      return { A_real: read('A_real'), A_imag: read('A_imag') };
    case 'v3':
      return keys.has(`${kernel}inv_w_real`)
        ? { A_real: read('inv_w_real'), A_imag: negative(read('w_imag')) }
        : { A_real: read('inv_A_real'), A_imag: negative(read('A_imag')) };
    case 'v2':
      return { A_real: read('log_w_real'), A_imag: negative(read('w_imag')) };
    case 'v2-nonhurwitz': {
      const w = keys.values(`${kernel}w`, [shared, pairs, 2]);
      const part = (offset: 0 | 1) =>
        Float64Array.from({ length: w.length / 2 }, (_, n) => -w[2 * n + offset]!);
      return { A_real: part(0), A_imag: part(1) };
    }
  }
}

/** L that C~ is attuned to: a buffer since v3; in v2 the angle of the first Fourier node, omega_1 = exp(-2 pi i / L). */
function kernelLength(keys: Keys, { kernel }: SsmNames): number {
  for (const name of ['l_kernel', 'L']) {
    if (!keys.has(kernel + name)) continue;
    return checkedLength(keys.values(kernel + name, [])[0]!, kernel + name);
  }
  const key = `${kernel}omega`;
  const nodes = keys.size(key, 0);
  const omega = keys.values(key, [nodes, 2]);
  // L/2 + 1 nodes are stored, so two lengths are possible; the angle tells which, where there is one.
  const exact = nodes > 1 ? (-2 * Math.PI) / Math.atan2(omega[3]!, omega[2]!) : 1;
  const even = 2 * (nodes - 1);
  return checkedLength(Math.abs(exact - even) < 0.5 ? even : Math.round(exact), key);
}

function checkedLength(length: number, key: string): number {
  if (Number.isSafeInteger(length) && length >= 0 && length <= 2 ** 31) return length;
  throw new ModelError('MODEL_DISCRETISE', `Expected a length in frames in ${key} but received ${length}.`);
}

function refuseRank(keys: Keys, { kernel, kind }: SsmNames): void {
  const rank = kind === 's4' ? keys.size(`${kernel}P`, 0) : 1;
  if (rank === 1) return;
  throw new ModelError(
    'MODEL_UNSUPPORTED',
    `The checkpoint has S4 layers of rank ${rank}; only rank 1 is read.`,
  );
}
