import { tierWidth } from '../bundle/layout.js';
import { elementCount, } from '../bundle/safetensors.js';
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
    stateDict.has('model.c_layers.0.layer.layer.kernel.A_real') && stateDict.has('model.c_layers.0.norm.weight'),
  convert,
};

function convert({ stateDict, config, onProgress }: DialectInput): ImportedModel {
  const lookup = new ConfigLookup(config);
  const keys = new Keys(stateDict);
  const architecture = inferArchitecture(keys, lookup);
  const levels = keys.get('encoder.0.weight').shape[0]!;
  const { pool, numLayers } = architecture;
  const tensors = new Map<string, Tensor>();
  const put = (name: string, key: string, shape: readonly number[]) =>
    tensors.set(name, toTensor(key, keys.get(key), shape));

  put('embedding.weight', 'encoder.0.weight', [levels, architecture.dModel]);
  pool.forEach((factor, k) => {
    const window = tierWidth(architecture, k) * factor;
    const deeper = tierWidth(architecture, k + 1);
    const up = `model.u_layers.${pool.length - 1 - k}.0.linear`;
    put(`pool.down.${k}.weight`, `model.d_layers.${k}.linear.weight`, [deeper, window]);
    put(`pool.down.${k}.bias`, `model.d_layers.${k}.linear.bias`, [deeper]);
    put(`pool.up.${k}.weight`, `${up}.weight`, [window, deeper]);
    put(`pool.up.${k}.bias`, `${up}.bias`, [window]);
  });
  const blocks = blockNames(architecture);
  blocks.forEach(({ prefix, s4, ff, width }, i) => {
    onProgress(i / blocks.length, prefix);
    const inner = width * architecture.ff;
    const outputs = architecture.outputActivation === 'glu' ? 2 * width : width;
    put(`${prefix}.s4.norm.weight`, `${s4}.norm.weight`, [width]);
    put(`${prefix}.s4.norm.bias`, `${s4}.norm.bias`, [width]);
    put(`${prefix}.s4.D`, `${s4}.layer.layer.D`, [width]);
    put(`${prefix}.s4.out.weight`, `${s4}.layer.output_linear.0.weight`, [outputs, width]);
    put(`${prefix}.s4.out.bias`, `${s4}.layer.output_linear.0.bias`, [outputs]);
    put(`${prefix}.ff.norm.weight`, `${ff}.norm.weight`, [width]);
    put(`${prefix}.ff.norm.bias`, `${ff}.norm.bias`, [width]);
    put(`${prefix}.ff.in.weight`, `${ff}.layer.ff.0.0.weight`, [inner, width]);
    put(`${prefix}.ff.in.bias`, `${ff}.layer.ff.0.0.bias`, [inner]);
    put(`${prefix}.ff.out.weight`, `${ff}.layer.ff.2.weight`, [width, inner]);
    put(`${prefix}.ff.out.bias`, `${ff}.layer.ff.2.bias`, [width]);
    const steps = stepTensors(s4Parameters(keys, `${s4}.layer.layer.kernel`, architecture, width), architecture.ssm, width);
    for (const [name, tensor] of steps) tensors.set(`${prefix}.s4.${name}`, tensor);
  });
  put('norm.weight', 'model.norm.weight', [architecture.dModel]);
  put('norm.bias', 'model.norm.bias', [architecture.dModel]);
  put('decoder.weight', 'decoder.0.output_transform.weight', [levels, architecture.dModel]);
  put('decoder.bias', 'decoder.0.output_transform.bias', [levels]);
  onProgress(1, `${numLayers * (pool.length + 1)} block pairs`);
  return { architecture, levels, tensors, assumptions: lookup.assumptions };
}

/** Looks parameters up by their official names; a missing one is named in the error. */
class Keys {
  constructor(readonly stateDict: StateDict) {}

  has(key: string): boolean {
    return this.stateDict.has(key);
  }

  get(key: string): CheckpointTensor {
    const found = this.stateDict.get(key);
    if (found === undefined) {
      throw new ModelError('MODEL_CHECKPOINT_KEYS', `Expected a parameter ${key} in the checkpoint but there is none.`);
    }
    return found;
  }

  /** How many of prefix.0, prefix.1, ... have a key that ends like `suffix`. */
  count(prefix: string, suffix: string): number {
    let count = 0;
    while (this.has(`${prefix}.${count}${suffix}`)) count++;
    return count;
  }
}

function inferArchitecture(keys: Keys, lookup: ConfigLookup): SashimiArchitecture {
  const dModel = lookup.agree('d_model', keys.get('encoder.0.weight').shape[1] ?? 0);
  const unet = lookup.agree('unet', keys.has('model.d_layers.0.layer.layer.D'));
  if (unet) {
    throw new ModelError('MODEL_UNSUPPORTED', 'The checkpoint is of the unet variant, which this importer does not read.');
  }
  const kernel = 'model.c_layers.0.layer.layer.kernel';
  const C = keys.get(`${kernel}.C`).shape;
  if (lookup.agree('bidirectional', C[0] === 2)) {
    throw new ModelError('MODEL_UNSUPPORTED', 'The checkpoint is bidirectional: it has no recurrent form to play.');
  }
  const pool: number[] = [];
  let width = dModel;
  let expand = 2;
  for (let k = 0; keys.has(`model.d_layers.${k}.linear.weight`); k++) {
    const [deeper = 0, window = 0] = keys.get(`model.d_layers.${k}.linear.weight`).shape;
    pool.push(window / width);
    expand = deeper / width;
    width = deeper;
  }
  const kind = keys.has(`${kernel}.P`) ? 's4' : 's4d';
  const [numSsm = 0, conjugatePairs = 0] = keys.get(`${kernel}.A_real`).shape;
  const statedSsm = lookup.value('n_ssm');
  // n_ssm is absent when every channel has its own: then it equals the width, which differs by tier.
  const isShared = keys.get('model.c_layers.0.layer.layer.D').shape.at(-1) !== numSsm;
  if (typeof statedSsm === 'number') lookup.agree('n_ssm', numSsm);
  return {
    family: 'sashimi',
    dModel,
    numLayers: lookup.agree('n_layers', countPairs(keys)),
    pool: lookup.agree('pool', pool),
    expand: lookup.agree('expand', expand),
    ff: lookup.agree('ff', (keys.get('model.c_layers.1.layer.ff.0.0.weight').shape[0] ?? 0) / width),
    unet,
    bidirectional: false,
    norm: 'layer',
    outputActivation: keys.get('model.c_layers.0.layer.output_linear.0.weight').shape[0] === 2 * width ? 'glu' : 'none',
    ssm: {
      kind,
      conjugatePairs,
      numSsm: isShared ? numSsm : 0,
      dtTransform: lookup.choice('dt_transform', ['exp', 'softplus', 'none'], 'exp'),
      realTransform: lookup.choice('real_transform', ['exp', 'softplus', 'none'], 'exp'),
      discretisation: kind === 's4' ? 'bilinear' : lookup.choice('disc', ['zoh', 'bilinear'], 'zoh'),
    },
  };
}
