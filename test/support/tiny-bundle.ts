import { tensorLayout } from '../../models/bundle/layout.js';
import { elementCount } from '../../models/bundle/safetensors.js';
import type { Bundle, ConditioningInput, SashimiArchitecture, Tensor } from '../../models/bundle/types.js';
import { type ManifestDraft, sealBundle } from '../../models/bundle/write.js';
import { type Complex, complex, conjugate } from '../../models/import/complex.js';
import {
  type ContinuousChannel,
  discretiseS4,
  discretiseS4d,
  type S4dStep,
} from '../../models/import/discretise.js';
import { eigensystem } from '../../models/import/eigensystem.js';
import { modeTensors, slotsOf } from '../../models/import/layer-modes.js';
import { modesOfChannel } from '../../models/import/modes.js';
import { gaussian, seededRandom } from './random.js';

export interface TinyBundleOptions extends Partial<Omit<SashimiArchitecture, 'ssm'>> {
  readonly kind?: 's4d' | 's4';
  readonly conjugatePairs?: number;
  readonly seed?: number;
  readonly quantiser?: 'mu-law' | 'linear';
  /** Of S4: every layer has its diagonal form too (`ssm.modes`). */
  readonly hasModes?: boolean;
  readonly conditioning?: readonly ConditioningInput[];
  readonly emphasis?: number;
}

/** A slow and a fast input: frames of 16 samples and of one, at the 16 kHz of the tiny bundle. */
export const TINY_CONDITIONING: readonly ConditioningInput[] = [
  { name: 'roll', dim: 5, rateHz: 1000 },
  { name: 'source', dim: 3, rateHz: 16000 },
];

/**
 * A random but stable model, so that tests run without any file: the same options give the same bundle.
 * Default: d 8, 1 layer, pools 4 and 4, 4 conjugate pairs, S4D. Sounds like noise with colour.
 */
export function tinyBundle(options: TinyBundleOptions = {}): Bundle {
  const { draft, tensors } = tinyBundleParts(options);
  return sealBundle(draft, tensors).bundle;
}

/** The parts that `writeBundle` takes. */
export function tinyBundleParts(options: TinyBundleOptions = {}): {
  draft: ManifestDraft;
  tensors: Map<string, Tensor>;
} {
  const { kind = 's4d', conjugatePairs = 4, seed = 1, quantiser = 'mu-law', ...rest } = options;
  const { hasModes = false, conditioning = [], emphasis, ...overrides } = rest;
  const architecture: SashimiArchitecture = {
    family: 'sashimi',
    dModel: 8,
    numLayers: 1,
    pool: [4, 4],
    expand: 2,
    ff: 2,
    unet: false,
    bidirectional: false,
    norm: 'layer',
    outputActivation: 'glu',
    ...overrides,
    ssm: {
      kind,
      conjugatePairs,
      numSsm: 1,
      dtTransform: 'exp',
      realTransform: 'exp',
      discretisation: kind === 's4' ? 'bilinear' : 'zoh',
    },
  };
  const draft: ManifestDraft = {
    name: 'tiny',
    title: 'Tiny',
    description: 'Random weights for tests.',
    architecture,
    sampleRate: 16000,
    quantiser: { kind: quantiser, levels: 256, startToken: 128 },
    conditioning,
    ...(emphasis === undefined ? {} : { emphasis }),
    sampling: { temperature: 1, topP: 1, topK: 0 },
    licence: 'CC0-1.0',
    provenance: { source: 'test/support/tiny-bundle.ts', seed },
  };
  const uniform = seededRandom(seed);
  const tensors = new Map<string, Tensor>();
  for (const { name, shape, optional } of tensorLayout(architecture, 256, conditioning)) {
    if (!optional && !name.includes('.ssm.')) tensors.set(name, randomTensor(name, shape, uniform));
  }
  const modes = new Map<string, S4dStep[]>();
  for (const { name, shape } of tensorLayout(architecture, 256)) {
    if (!name.endsWith('.ssm.a')) continue;
    const layer = name.slice(0, -'.ssm.a'.length);
    const manner = hasModes ? WITH_MODES : PLAIN;
    const channels = addSsm(`${layer}.ssm`, kind, shape[0]!, conjugatePairs, manner, uniform, tensors);
    if (hasModes) modes.set(layer, channels.map(modesOf));
  }
  if (!hasModes) return { draft, tensors };
  const slots = slotsOf([...modes.values()]);
  for (const [layer, channels] of modes) {
    for (const [name, tensor] of modeTensors(channels, slots)) tensors.set(`${layer}.${name}`, tensor);
  }
  const ssm = { ...architecture.ssm, modeSlots: slots };
  return { draft: { ...draft, architecture: { ...architecture, ssm } }, tensors };
}

/** Not every random layer would pass the guard, but all are accurate enough for tests. */
function modesOf(channel: ContinuousChannel & { readonly P: readonly Complex[] }): S4dStep {
  const { A, B, P } = channel;
  return modesOfChannel(channel, eigensystem(A, B, P, P.map(conjugate))!);
}

/** Weights of the size that a fresh layer has; norms near identity; logits spread enough to be greedy about. */
function randomTensor(name: string, shape: readonly number[], uniform: () => number): Tensor {
  const normal = gaussian(uniform);
  const isMatrix = shape.length === 2;
  let spread = 0.1;
  if (name === 'embedding.weight') spread = 1;
  else if (name === 'decoder.weight') spread = 2 / Math.sqrt(shape[1]!);
  else if (isMatrix) spread = 1 / Math.sqrt(shape[1]!);
  const centre = name.includes('norm') && (name.endsWith('.weight') || name.endsWith('.s')) ? 1 : 0;
  return {
    shape,
    data: Float32Array.from({ length: elementCount(shape) }, () => centre + spread * normal()),
  };
}

interface SsmManner {
  /** Place of the first pole on the imaginary axis, in steps: 0, a real pole, has no modes of its own. */
  readonly lowest: number;
  /** Of the rank-1 part. */
  readonly strength: number;
}
const PLAIN: SsmManner = { lowest: 0, strength: 0.3 };
/** Strong enough for real modes here and there, which need slots beyond N. */
const WITH_MODES: SsmManner = { lowest: 0.5, strength: 1.5 };

/** S4D-Lin-like poles over random time scales; for S4 a random rank-1 part. */
function addSsm(
  prefix: string,
  kind: 's4d' | 's4',
  width: number,
  pairs: number,
  { lowest, strength }: SsmManner,
  uniform: () => number,
  tensors: Map<string, Tensor>,
): (ContinuousChannel & { readonly P: readonly Complex[] })[] {
  const normal = gaussian(uniform);
  const rows: Record<string, number[]> = {};
  const push = (name: string, values: readonly Complex[]) => {
    rows[name] ??= [];
    for (const { re, im } of values) rows[name]!.push(re, im);
  };
  const channels = [];
  for (let h = 0; h < width; h++) {
    const dt = 10 ** (-3 + 2 * uniform());
    const A = Array.from({ length: pairs }, (_, n) => complex(-0.5, Math.PI * (n + lowest)));
    const B = A.map(() => complex(1));
    const C = A.map(() => complex(normal(), normal()));
    const P = A.map(() => complex(strength * normal(), strength * normal()));
    const channel = { dt, A, B, C, P };
    channels.push(channel);
    const step = kind === 's4' ? discretiseS4(channel, P) : discretiseS4d(channel, 'zoh');
    for (const [name, values] of Object.entries(step)) push(name, values as readonly Complex[]);
  }
  for (const [name, values] of Object.entries(rows)) {
    tensors.set(`${prefix}.${name}`, { shape: [width, pairs, 2], data: Float32Array.from(values) });
  }
  return channels;
}
