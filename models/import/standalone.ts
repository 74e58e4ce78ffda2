import { blockPrefix, sharedSsms, tierWidth } from '../bundle/layout.js';
import { elementCount } from '../bundle/safetensors.js';
import type { SashimiArchitecture, Tensor } from '../bundle/types.js';
import { ModelError } from '../errors.js';
import type { CheckpointTensor, StateDict } from './checkpoint.js';
import { ConfigLookup } from './config.js';
import type { Dialect, DialectInput, ImportedModel } from './dialect.js';
import { type S4Parameters, stepTensors } from './s4-parameters.js';

/**
 * The standalone official model (state-spaces/s4, models/sashimi/sashimi.py, v4): LayerNorm in the blocks,
 * k=1 convolutions for the linear layers, embedding `encoder.0`, output `decoder.0.output_transform`.
 * Sizes are read off the shapes; the transforms, which no shape shows, come from the configuration
 * or are the defaults of the official class.
 */
export const standalone: Dialect = {
  name: 'standalone',
  summary: 'the state dict of the standalone official model, models/sashimi/sashimi.py',
  recognises: (stateDict) =>
    stateDict.has('model.c_layers.0.layer.layer.kernel.A_real') &&
    stateDict.has('model.c_layers.0.norm.weight'),
  convert,
};

function convert({ stateDict, config, onProgress }: DialectInput): ImportedModel {
  const lookup = new ConfigLookup(config);
  const keys = new Keys(stateDict);
  const architecture = inferArchitecture(keys, lookup);
  const { dModel, pool } = architecture;
  const levels = keys.size('encoder.0.weight', 0);
  const tensors = new Map<string, Tensor>();
  const put = (name: string, key: string, shape: readonly number[]) =>
    tensors.set(name, { shape, data: Float32Array.from(keys.shaped(key, shape).data) });
  const putLinear = (name: string, key: string, outputs: number, inputs: number) => {
    put(`${name}.weight`, `${key}.weight`, [outputs, inputs]);
    put(`${name}.bias`, `${key}.bias`, [outputs]);
  };
  const putNorm = (name: string, key: string, width: number) => {
    put(`${name}.weight`, `${key}.weight`, [width]);
    put(`${name}.bias`, `${key}.bias`, [width]);
  };

  put('embedding.weight', 'encoder.0.weight', [levels, dModel]);
  pool.forEach((factor, k) => {
    const window = tierWidth(architecture, k) * factor;
    const deeper = tierWidth(architecture, k + 1);
    putLinear(`pool.down.${k}`, `model.d_layers.${k}.linear`, deeper, window);
    putLinear(`pool.up.${k}`, `model.u_layers.${pool.length - 1 - k}.0.linear`, window, deeper);
  });
  const sources = blockSources(architecture);
  sources.forEach(({ prefix, s4, ff, width }, i) => {
    onProgress(i / sources.length, prefix);
    const inner = width * architecture.ff;
    putNorm(`${prefix}.s4.norm`, `${s4}.norm`, width);
    const parameters = s4Parameters(keys, `${s4}.layer.layer.kernel`, architecture, width);
    for (const [name, tensor] of stepTensors(parameters, architecture.ssm, width)) {
      tensors.set(`${prefix}.s4.${name}`, tensor);
    }
    put(`${prefix}.s4.D`, `${s4}.layer.layer.D`, [width]);
    const outputs = architecture.outputActivation === 'glu' ? 2 * width : width;
    putLinear(`${prefix}.s4.out`, `${s4}.layer.output_linear.0`, outputs, width);
    putNorm(`${prefix}.ff.norm`, `${ff}.norm`, width);
    putLinear(`${prefix}.ff.in`, `${ff}.layer.ff.0.0`, inner, width);
    putLinear(`${prefix}.ff.out`, `${ff}.layer.ff.2`, width, inner);
  });
  putNorm('norm', 'model.norm', dModel);
  putLinear('decoder', 'decoder.0.output_transform', levels, dModel);
  onProgress(1, 'done');
  return { architecture, levels, tensors, assumptions: lookup.assumptions };
}

/** Looks parameters up by their official names; what is missing or of another size is named in the error. */
class Keys {
  constructor(private readonly stateDict: StateDict) {}

  has(key: string): boolean {
    return this.stateDict.has(key);
  }

  get(key: string): CheckpointTensor {
    const found = this.stateDict.get(key);
    if (found === undefined) {
      throw new ModelError(
        'MODEL_CHECKPOINT_KEYS',
        `Expected a parameter ${key} in the checkpoint but there is none.`,
      );
    }
    return found;
  }

  /** One size of a parameter. */
  size(key: string, axis: number): number {
    const { shape } = this.get(key);
    const size = shape[axis];
    if (size === undefined) {
      throw new ModelError(
        'MODEL_TENSOR_SHAPE',
        `Expected ${axis + 1} axes for ${key} but received (${shape.join(', ')}).`,
      );
    }
    return size;
  }

  /** A parameter of this shape, give or take axes of length 1, of which the official layers differ. */
  shaped(key: string, shape: readonly number[]): CheckpointTensor {
    const found = this.get(key);
    const isSame = withoutOnes(found.shape).join() === withoutOnes(shape).join();
    if (!isSame || elementCount(found.shape) !== elementCount(shape)) {
      throw new ModelError(
        'MODEL_TENSOR_SHAPE',
        `Expected shape (${shape.join(', ')}) for ${key} but received (${found.shape.join(', ')}).`,
      );
    }
    return found;
  }

  /** Block pairs of the centre: its S4 and FF blocks alternate. */
  countPairs(): number {
    let pairs = 0;
    while (this.has(`model.c_layers.${2 * pairs}.layer.layer.D`)) pairs++;
    return pairs;
  }
}

function withoutOnes(shape: readonly number[]): number[] {
  return shape.filter((size) => size !== 1);
}

function inferArchitecture(keys: Keys, lookup: ConfigLookup): SashimiArchitecture {
  const dModel = lookup.agree('d_model', keys.size('encoder.0.weight', 1));
  const unet = lookup.agree('unet', keys.has('model.d_layers.0.layer.layer.D'));
  if (unet) unsupported('of the unet variant, which this importer does not read');
  const kernel = 'model.c_layers.0.layer.layer.kernel';
  const bidirectional = lookup.agree('bidirectional', keys.size(`${kernel}.C`, 0) === 2);
  if (bidirectional) unsupported('bidirectional: it has no recurrent form to play');
  const { pool, expand, width } = inferPools(keys, dModel);
  const numSsm = keys.size(`${kernel}.A_real`, 0);
  // Without n_ssm every channel has its own: the centre, as the widest tier, then shows its width here.
  if (typeof lookup.value('n_ssm') === 'number') lookup.agree('n_ssm', numSsm);
  const kind = keys.has(`${kernel}.P`) ? 's4' : 's4d';
  return {
    family: 'sashimi',
    dModel,
    numLayers: lookup.agree('n_layers', keys.countPairs()),
    pool: lookup.agree('pool', pool),
    expand: pool.length > 0 ? lookup.agree('expand', expand) : expand,
    ff: lookup.agree('ff', keys.size('model.c_layers.1.layer.ff.0.0.weight', 0) / width),
    unet,
    bidirectional,
    norm: 'layer',
    outputActivation:
      keys.size('model.c_layers.0.layer.output_linear.0.weight', 0) === 2 * width ? 'glu' : 'none',
    ssm: {
      kind,
      conjugatePairs: keys.size(`${kernel}.A_real`, 1),
      numSsm,
      dtTransform: lookup.choice('dt_transform', ['exp', 'softplus', 'none'], 'exp'),
      realTransform: lookup.choice('real_transform', ['exp', 'softplus', 'none'], 'exp'),
      discretisation: kind === 's4' ? 'bilinear' : lookup.choice('disc', ['zoh', 'bilinear'], 'zoh'),
    },
  };
}

/** Pool factors and widths from the shapes (deeper, width * factor, 1) of the down-pools. `width`: of the centre. */
function inferPools(keys: Keys, dModel: number): { pool: number[]; expand: number; width: number } {
  const pool: number[] = [];
  let width = dModel;
  let expand = 1;
  for (let k = 0; keys.has(`model.d_layers.${k}.linear.weight`); k++) {
    const key = `model.d_layers.${k}.linear.weight`;
    pool.push(keys.size(key, 1) / width);
    expand = keys.size(key, 0) / width;
    width = keys.size(key, 0);
  }
  return { pool, expand, width };
}

/** Where each block pair of the bundle comes from: the centre first, then the tiers upwards. */
function blockSources(
  architecture: SashimiArchitecture,
): { prefix: string; s4: string; ff: string; width: number }[] {
  const deepest = architecture.pool.length;
  const sources = [];
  for (let tier = deepest; tier >= 0; tier--) {
    for (let pair = 0; pair < architecture.numLayers; pair++) {
      // Each list of up-layers starts with its up-pool.
      const path = (at: number) =>
        tier === deepest ? `model.c_layers.${at}` : `model.u_layers.${deepest - 1 - tier}.${at + 1}`;
      sources.push({
        prefix: blockPrefix(architecture, tier, pair),
        s4: path(2 * pair),
        ff: path(2 * pair + 1),
        width: tierWidth(architecture, tier),
      });
    }
  }
  return sources;
}

function s4Parameters(
  keys: Keys,
  kernel: string,
  architecture: SashimiArchitecture,
  width: number,
): S4Parameters {
  const pairs = architecture.ssm.conjugatePairs;
  const shared = sharedSsms(architecture, width);
  const isDplr = architecture.ssm.kind === 's4';
  return {
    inv_dt: keys.shaped(`${kernel}.inv_dt`, [width, 1]),
    A_real: keys.shaped(`${kernel}.A_real`, [shared, pairs]),
    A_imag: keys.shaped(`${kernel}.A_imag`, [shared, pairs]),
    B: keys.shaped(`${kernel}.B`, [1, shared, pairs, 2]),
    C: keys.shaped(`${kernel}.C`, [1, width, pairs, 2]),
    P: isDplr ? keys.shaped(`${kernel}.P`, [1, shared, pairs, 2]) : undefined,
    kernelLength: isDplr ? keys.shaped(`${kernel}.l_kernel`, []).data[0]! : 0,
  };
}

function unsupported(what: string): never {
  throw new ModelError('MODEL_UNSUPPORTED', `The checkpoint is ${what}.`);
}
