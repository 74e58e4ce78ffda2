import { sharedSsms, tierWidth, whyNotRecurrent } from '../bundle/layout.js';
import { encodeSafetensors, type SavedTensor } from '../bundle/safetensors.js';
import type { Bundle, SashimiArchitecture, Tensor } from '../bundle/types.js';
import { ModelError } from '../errors.js';

/**
 * A bundle as the state dict of the official v4 code, in a safetensors file: of the one-file model where the blocks
 * have LayerNorm, else of the training repository (TransposedLN, weight-normed pools). C is written raw, with
 * l_kernel 0: the official layer attunes it to its length at the first use.
 * Throws MODEL_UNSUPPORTED for what v4 cannot say.
 */
export function exportV4(bundle: Bundle): Uint8Array {
  const { architecture } = bundle.manifest;
  const reason = whyNotRecurrent(architecture);
  if (reason !== undefined) unsupported(reason);
  const dict = new V4Dict(bundle);
  const { pool } = architecture;
  dict.put('encoder.0.weight', 'embedding.weight');
  for (let tier = 0; tier <= pool.length; tier++) {
    const paths = listPaths(architecture, tier);
    for (const [way, path] of Object.entries(paths.blocks)) {
      for (let pair = 0; pair < architecture.numLayers; pair++) {
        dict.pair(`blocks.${way}.${pair}`, path(2 * pair), path(2 * pair + 1), tierWidth(architecture, tier));
      }
    }
    if (paths.pools) {
      dict.pool(`pool.down.${tier}`, paths.pools.down);
      dict.pool(`pool.up.${tier}`, paths.pools.up);
    }
  }
  dict.put('model.norm.weight', 'norm.weight');
  dict.put('model.norm.bias', 'norm.bias');
  dict.put('decoder.0.output_transform.weight', 'decoder.weight');
  dict.put('decoder.0.output_transform.bias', 'decoder.bias');
  return encodeSafetensors(dict.tensors, {
    format: 'pt',
    d_model: String(architecture.dModel),
    n_layers: String(architecture.numLayers),
    pool: pool.join(','),
    expand: String(architecture.expand),
    ff: String(architecture.ff),
    unet: String(architecture.unet),
    n_ssm: String(architecture.ssm.numSsm),
    dt_transform: architecture.ssm.dtTransform,
    real_transform: architecture.ssm.realTransform,
    disc: architecture.ssm.discretisation,
  });
}

type PathOf = (block: number) => string;

/** Where the official backbone keeps the blocks (by our way and tier) and pools of a tier. */
function listPaths(
  architecture: SashimiArchitecture,
  tier: number,
): { blocks: Record<string, PathOf>; pools?: { down: string; up: string } } {
  const { pool, numLayers, unet, norm } = architecture;
  if (tier === pool.length) return { blocks: { center: (i) => `model.c_layers.${i}` } };
  // Way down: the unet's blocks of a tier, then its pool. Way up, deepest first: the pool, then the blocks.
  const run = 2 * numLayers + 1;
  const firstDown = unet ? tier * run : tier;
  const list = pool.length - 1 - tier;
  // The training repository's unet keeps one flat list; all others a list per tier.
  const isFlat = unet && norm === 'scalar';
  const up = (i: number) => (isFlat ? `model.u_layers.${list * run + i}` : `model.u_layers.${list}.${i}`);
  return {
    blocks: {
      [`up.${tier}`]: (i) => up(i + 1),
      ...(unet ? { [`down.${tier}`]: (i: number) => `model.d_layers.${firstDown + i}` } : {}),
    },
    pools: { down: `model.d_layers.${unet ? firstDown + run - 1 : firstDown}`, up: up(0) },
  };
}

class V4Dict {
  readonly tensors: [string, SavedTensor][] = [];
  private readonly isStandalone: boolean;

  constructor(private readonly bundle: Bundle) {
    this.isStandalone = bundle.manifest.architecture.norm === 'layer';
  }

  put(key: string, name: string, shape?: readonly number[]): void {
    const tensor = this.tensor(name);
    this.tensors.push([key, { shape: shape ?? tensor.shape, data: tensor.data }]);
  }

  pool(name: string, path: string): void {
    this.put(`${path}.linear.bias`, `${name}.bias`);
    if (this.isStandalone) {
      this.convolution(`${path}.linear.weight`, `${name}.weight`);
      return;
    }
    const { shape, data } = this.tensor(`${name}.weight`);
    const [outputs = 0, inputs = 0] = shape;
    const magnitudes = Float32Array.from({ length: outputs }, (_, row) =>
      Math.hypot(...data.subarray(row * inputs, (row + 1) * inputs)),
    );
    this.tensors.push([`${path}.linear.weight_g`, { shape: [outputs, 1], data: magnitudes }]);
    this.tensors.push([`${path}.linear.weight_v`, { shape, data }]);
  }

  pair(name: string, s4: string, ff: string, width: number): void {
    const { architecture } = this.bundle.manifest;
    this.norm(`${name}.s4.norm`, s4);
    const kernel = `${s4}.layer.layer.kernel`;
    this.put(`${s4}.layer.layer.D`, `${name}.s4.D`, [1, width]);
    const { kind, conjugatePairs } = architecture.ssm;
    const trained =
      kind === 's4'
        ? ['inv_dt', 'A_real', 'A_imag', 'B', 'C', 'P']
        : ['inv_dt', 'A_real', 'A_imag', 'B', 'C'];
    for (const parameter of trained) this.put(`${kernel}.${parameter}`, `${name}.s4.trained.${parameter}`);
    if (kind === 's4') {
      this.refuseFreeQ(name, sharedSsms(architecture, width) * conjugatePairs);
      this.tensors.push([`${kernel}.l_kernel`, { shape: [], data: BigInt64Array.of(0n) }]);
    }
    const isGated = architecture.outputActivation === 'glu';
    this.linear(`${s4}.layer.output_linear${isGated ? '.0' : ''}`, `${name}.s4.out`);
    this.norm(`${name}.ff.norm`, ff);
    for (const [path, part] of [
      ['ff.0.0', 'in'],
      ['ff.2', 'out'],
    ] as const) {
      const key = `${ff}.layer.${path}`;
      if (this.isStandalone) this.convolution(`${key}.weight`, `${name}.ff.${part}.weight`);
      else this.put(`${key}.weight`, `${name}.ff.${part}.weight`);
      this.put(`${key}.bias`, `${name}.ff.${part}.bias`);
    }
  }

  private linear(path: string, name: string): void {
    this.put(`${path}.weight`, `${name}.weight`);
    this.put(`${path}.bias`, `${name}.bias`);
  }

  private norm(name: string, block: string): void {
    const parts = this.isStandalone ? ['weight', 'bias'] : ['m', 's'];
    for (const part of parts)
      this.put(`${block}.norm.${this.isStandalone ? '' : 'norm.'}${part}`, `${name}.${part}`);
  }

  /** A matrix as the weight of a convolution of one tap. */
  private convolution(key: string, name: string): void {
    this.put(key, name, [...this.tensor(name).shape, 1]);
  }

  /** v4 has Q = conj(P) always; the oldest models do not. */
  private refuseFreeQ(name: string, numValues: number): void {
    const Q = this.bundle.tensors.get(`${name}.s4.trained.Q`)?.data;
    if (Q === undefined) return;
    const P = this.tensor(`${name}.s4.trained.P`).data;
    for (let n = 0; n < numValues; n++) {
      if (Q[2 * n] === P[2 * n] && Q[2 * n + 1] === -P[2 * n + 1]!) continue;
      unsupported(`a model with a Q of its own in ${name} (a version 2 checkpoint without the Hurwitz form)`);
    }
  }

  private tensor(name: string): Tensor {
    const found = this.bundle.tensors.get(name);
    if (found !== undefined) return found;
    throw new ModelError('MODEL_TENSOR_MISSING', `Expected tensor ${name} in the bundle, to export it.`, {
      remedy:
        'Bundles keep the trained parameters unless somebody removed them: import the checkpoint again.',
    });
  }
}

function unsupported(what: string): never {
  throw new ModelError('MODEL_UNSUPPORTED', `The v4 names cannot hold ${what}.`, {
    remedy: 'Keep the original checkpoint: this model goes home only in the form in which it came.',
  });
}
