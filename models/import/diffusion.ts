import type { SashimiArchitecture } from '../bundle/types.js';
import { ModelError } from '../errors.js';
import type { ConfigLookup } from './config.js';
import type { Keys } from './keys.js';

/**
 * The diffusion backbone of albertfgu/diffwave-sashimi: a unet whose blocks hold S4 layer, feed-forward block
 * and the projection of the diffusion step in one. It is described here, and kept; no stepper runs it.
 */
export function isDiffusion(keys: Keys): boolean {
  return keys.hasUnder('fc_t1.') && keys.hasUnder('init_conv.') && keys.hasUnder('c_layers.0.fc_t.');
}

export function diffusionArchitecture(keys: Keys, lookup: ConfigLookup): SashimiArchitecture {
  const kernel = 'c_layers.0.layer.kernel.kernel.';
  const dModel = keys.matrixShape('init_conv.0.conv').outputs;
  const pool: number[] = [];
  let width = dModel;
  let expand = 1;
  for (let i = 0; keys.hasUnder(`d_layers.${i}.`); i++) {
    if (!keys.hasUnder(`d_layers.${i}.linear.`)) continue;
    const { outputs, inputs } = keys.matrixShape(`d_layers.${i}.linear.conv`);
    pool.push(whole(inputs / width, 'pool'));
    expand = whole(outputs / width, 'expand');
    width = outputs;
  }
  let numLayers = 0;
  while (keys.has(`c_layers.${numLayers}.layer.D`)) numLayers++;
  const poles = keys.firstOf(`${kernel}inv_w_real`, `${kernel}log_w_real`);
  return {
    family: 'diffwave-sashimi',
    dModel: lookup.agree('d_model', dModel),
    numLayers: lookup.agree('n_layers', numLayers),
    pool: lookup.agree('pool', pool),
    expand,
    ff: whole(keys.matrixShape('c_layers.0.ff.ff.0.conv').outputs / width, 'ff'),
    unet: lookup.agree('unet', keys.hasUnder('d_layers.0.fc_t.')),
    bidirectional: keys.size(`${kernel}C`, 0) === 2,
    norm: 'scalar',
    outputActivation:
      keys.matrixShape('c_layers.0.layer.output_linear.0').outputs === 2 * width ? 'glu' : 'none',
    ssm: {
      kind: 's4',
      conjugatePairs: keys.size(poles, 1),
      numSsm: keys.size(poles, 0),
      dtTransform: 'exp',
      realTransform: 'exp',
      discretisation: 'bilinear',
    },
  };
}

function whole(value: number, name: string): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new ModelError(
    'MODEL_TENSOR_SHAPE',
    `Expected a whole number for ${name} but the shapes give ${value}.`,
  );
}
