import { blockPrefix, sharedSsms, tierWidth } from '../bundle/layout.js';
import type { SashimiArchitecture, Tensor } from '../bundle/types.js';
import { type InferredModel, normLayer, outputLayer } from './architecture.js';
import type { S4dStep } from './discretise.js';
import type { Keys } from './keys.js';
import { checkLayer, type LayerCheck } from './layer-check.js';
import { layerModes, modeTensors, slotsOf } from './layer-modes.js';
import type { Backbone, Pair } from './modules.js';
import { discretiseLayer, stepTensors } from './s4-parameters.js';
import { findSsm, readSsm } from './ssm-parameters.js';

/** A block pair of the bundle, and where the checkpoint has it. */
export interface BlockSource extends Pair {
  /** In the bundle: `blocks.up.0.1`. */
  readonly prefix: string;
  readonly width: number;
}

/** All pairs, the centre first, then the tiers upwards. */
export function blockSources({ architecture, tiers }: InferredModel): BlockSource[] {
  return tiers
    .flatMap(({ up, down }, tier) => {
      const width = tierWidth(architecture, tier);
      const ways = (pairs: readonly Pair[], name: (i: number) => string) =>
        pairs.map((pair, i) => ({ ...pair, width, prefix: name(i) }));
      return [
        ...ways(up, (i) => blockPrefix(architecture, tier, i)),
        ...ways(down, (i) => `blocks.down.${tier}.${i}`),
      ];
    })
    .reverse();
}

/**
 * Every tensor of the bundle from an official state dict: linear layers without their weight norms, S4 layers as
 * step coefficients. Takes seconds: each S4 channel has its kernel's truncation undone.
 */
export function convertTensors(
  keys: Keys,
  backbone: Backbone,
  model: InferredModel,
  levels: number,
  onProgress: (share: number, what: string) => void,
): { tensors: Map<string, Tensor>; layers: LayerCheck[]; architecture: SashimiArchitecture } {
  const { architecture, tiers } = model;
  const { dModel } = architecture;
  const writer = new TensorWriter(keys);
  writer.values('embedding.weight', embeddingKey(keys, backbone), [levels, dModel]);
  for (const [k, { pools }] of tiers.entries()) {
    if (pools === undefined) continue;
    const window = tierWidth(architecture, k) * architecture.pool[k]!;
    const deeper = tierWidth(architecture, k + 1);
    writer.linear(`pool.down.${k}`, `${pools.down}.linear`, deeper, window);
    writer.linear(`pool.up.${k}`, `${pools.up}.linear`, window, deeper);
  }
  const sources = blockSources(model);
  const layers: LayerCheck[] = [];
  const modes = new Map<string, readonly S4dStep[]>();
  for (const [i, source] of sources.entries()) {
    onProgress(i / sources.length, source.prefix);
    const converted = convertPair(keys, writer, source, architecture);
    layers.push(converted.check);
    if (converted.modes !== undefined) modes.set(source.prefix, converted.modes);
  }
  writer.norm('norm', `${backbone.prefix}norm`, dModel);
  writer.linear('decoder', decoderLayer(keys, backbone), levels, dModel);
  const slots = slotsOf([...modes.values()]);
  for (const [prefix, layer] of modes) {
    for (const [name, tensor] of modeTensors(layer, slots))
      writer.tensors.set(`${prefix}.s4.${name}`, tensor);
  }
  onProgress(1, 'done');
  return { tensors: writer.tensors, layers, architecture: withSlots(architecture, slots) };
}

/** As many slots as pairs go without saying, and so does no diagonal layer. */
function withSlots(architecture: SashimiArchitecture, slots: number): SashimiArchitecture {
  const { ssm } = architecture;
  if (slots === 0 || slots === ssm.conjugatePairs) return architecture;
  return { ...architecture, ssm: { ...ssm, modeSlots: slots } };
}

function convertPair(
  keys: Keys,
  writer: TensorWriter,
  { prefix, s4, ff, width }: BlockSource,
  architecture: SashimiArchitecture,
): { check: LayerCheck; modes: readonly S4dStep[] | undefined } {
  const names = findSsm(keys, s4);
  const ssm = { ...architecture.ssm, numSsm: sharedSsms(architecture, width) };
  const parameters = readSsm(keys, names, ssm, width);
  const channels = discretiseLayer(parameters, ssm, width);
  const steps = stepTensors(parameters, ssm, width, channels);
  const diagonal = ssm.kind === 's4' ? layerModes(channels, ssm) : undefined;
  for (const [name, tensor] of steps) writer.tensors.set(`${prefix}.s4.${name}`, tensor);
  writer.blockNorm(`${prefix}.s4.norm`, s4, width);
  writer.values(`${prefix}.s4.D`, names.skip, [width]);
  const outputs = architecture.outputActivation === 'glu' ? 2 * width : width;
  writer.linear(`${prefix}.s4.out`, outputLayer(keys, s4), outputs, width);

  const inner = width * architecture.ff;
  if (ff === undefined) {
    writer.silentFeedForward(`${prefix}.ff`, width, inner, architecture.norm);
  } else {
    writer.blockNorm(`${prefix}.ff.norm`, ff, width);
    writer.linear(`${prefix}.ff.in`, `${ff}.layer.ff.0.0`, inner, width);
    writer.linear(`${prefix}.ff.out`, `${ff}.layer.ff.2`, width, inner);
  }
  return { check: checkLayer(prefix, parameters, steps, ssm, diagonal?.path), modes: diagonal?.modes };
}

/** Key of the embedding, under its name of today or that of the first releases. */
export function embeddingKey(keys: Keys, { outerPrefix }: Backbone): string {
  return keys.firstOf(`${outerPrefix}encoder.0.weight`, `${outerPrefix}encoder.weight`);
}

/** Path of the output layer, likewise. */
export function decoderLayer(keys: Keys, { outerPrefix }: Backbone): string {
  const [today, before] = [
    `${outerPrefix}decoder.0.output_transform`,
    `${outerPrefix}decoder.output_transform`,
  ];
  return keys.hasUnder(`${today}.`) ? today : keys.hasUnder(`${before}.`) ? before : today;
}

class TensorWriter {
  readonly tensors = new Map<string, Tensor>();

  constructor(private readonly keys: Keys) {}

  put(name: string, shape: readonly number[], values: ArrayLike<number>): void {
    this.tensors.set(name, { shape, data: Float32Array.from(values) });
  }

  values(name: string, key: string, shape: readonly number[]): void {
    this.put(name, shape, this.keys.values(key, shape));
  }

  linear(name: string, layer: string, outputs: number, inputs: number): void {
    this.put(`${name}.weight`, [outputs, inputs], this.keys.matrix(layer, outputs, inputs));
    this.values(`${name}.bias`, `${layer}.bias`, [outputs]);
  }

  norm(name: string, path: string, width: number): void {
    this.values(`${name}.weight`, `${path}.weight`, [width]);
    this.values(`${name}.bias`, `${path}.bias`, [width]);
  }

  /** The norm of a residual block, of either kind. */
  blockNorm(name: string, block: string, width: number): void {
    const layer = normLayer(this.keys, block);
    if (layer !== undefined) {
      this.norm(name, layer, width);
      return;
    }
    const scalar = this.keys.has(`${block}.norm.norm.m`) ? `${block}.norm.norm` : `${block}.norm`;
    this.values(`${name}.m`, `${scalar}.m`, [1]);
    this.values(`${name}.s`, `${scalar}.s`, [1]);
  }

  /** Where a unet has no feed-forward block: one that adds zeros, which is the same. */
  silentFeedForward(name: string, width: number, inner: number, norm: 'layer' | 'scalar'): void {
    if (norm === 'layer') {
      this.put(`${name}.norm.weight`, [width], new Float32Array(width).fill(1));
      this.put(`${name}.norm.bias`, [width], new Float32Array(width));
    } else {
      this.put(`${name}.norm.m`, [1], [0]);
      this.put(`${name}.norm.s`, [1], [1]);
    }
    this.put(`${name}.in.weight`, [inner, width], new Float32Array(inner * width));
    this.put(`${name}.in.bias`, [inner], new Float32Array(inner));
    this.put(`${name}.out.weight`, [width, inner], new Float32Array(inner * width));
    this.put(`${name}.out.bias`, [width], new Float32Array(width));
  }
}
