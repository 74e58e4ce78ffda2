/** Checkpoints of every dialect from one random model, under the key names that the official code has. */
import { tierWidth } from '../../../models/bundle/layout.js';
import { elementCount, encodeSafetensors } from '../../../models/bundle/safetensors.js';
import type { SashimiArchitecture, Tensor } from '../../../models/bundle/types.js';
import { type Complex, complex } from '../../../models/import/complex.js';
import { discretiseS4, realStepMatrix } from '../../../models/import/discretise.js';
import { identityMinusPower } from '../../../models/import/linear-algebra.js';
import { channelOf, type S4Parameters } from '../../../models/import/s4-parameters.js';
import { gaussian, seededRandom } from '../../support/random.js';

export type Names = 'standalone' | 'v4' | 'v3' | 'v2' | 'v2-nonhurwitz';

export interface SyntheticOptions {
  readonly names: Names;
  readonly kind?: 's4' | 's4d';
  readonly dModel?: number;
  readonly numLayers?: number;
  readonly pool?: readonly number[];
  readonly unet?: boolean;
  readonly glu?: boolean;
  readonly numSsm?: number;
  readonly pairs?: number;
  /** Of the audio tier; that of tier k is this over the pools. */
  readonly length?: number;
  /** `encoder.weight` and `decoder.output_transform`, as the first releases have it. */
  readonly oldNames?: boolean;
  /** Multiplies the real part of all poles: negative makes the model unstable. */
  readonly damping?: number;
  readonly seed?: number;
}

export interface Synthetic {
  readonly stateDict: ReadonlyMap<string, Tensor>;
  readonly architecture: SashimiArchitecture;
}

/** The same options but `names` give the same model. */
export function syntheticCheckpoint(options: SyntheticOptions): Synthetic {
  const { names, kind = 's4', dModel = 4, numLayers = 1, pool = [2, 2], unet = false, glu = true } = options;
  const { numSsm = 1, pairs = 3, length = 64, oldNames = false, damping = 1, seed = 7 } = options;
  const architecture: SashimiArchitecture = {
    family: 'sashimi',
    dModel,
    numLayers,
    pool,
    expand: 2,
    ff: 2,
    unet,
    bidirectional: false,
    norm: names === 'standalone' ? 'layer' : 'scalar',
    outputActivation: glu ? 'glu' : 'none',
    ssm: {
      kind,
      conjugatePairs: pairs,
      numSsm,
      dtTransform: 'exp',
      realTransform: names === 'v2-nonhurwitz' ? 'none' : 'exp',
      discretisation: kind === 's4' ? 'bilinear' : 'zoh',
    },
  };
  const writer = new Writer(architecture, names, gaussian(seededRandom(seed)), damping);
  const deepest = pool.length;
  const run = 2 * numLayers + 1;
  const isFlat = unet && names !== 'standalone';
  const frames = (tier: number) =>
    length / pool.slice(0, tier).reduce((product, factor) => product * factor, 1);
  const blocks = (tier: number, path: (i: number) => string) => {
    for (let i = 0; i < numLayers; i++) {
      writer.s4Block(path(2 * i), tierWidth(architecture, tier), frames(tier));
      writer.ffBlock(path(2 * i + 1), tierWidth(architecture, tier));
    }
  };
  writer.normal(oldNames ? 'encoder.weight' : 'encoder.0.weight', 256, dModel);
  for (let tier = 0; tier < deepest; tier++) {
    const [width, deeper] = [tierWidth(architecture, tier), tierWidth(architecture, tier + 1)];
    const down = unet ? tier * run : tier;
    if (unet) blocks(tier, (i) => `model.d_layers.${down + i}`);
    writer.pool(`model.d_layers.${unet ? down + run - 1 : down}`, deeper, width * pool[tier]!);
    const list = deepest - 1 - tier;
    const up = (i: number) => (isFlat ? `model.u_layers.${list * run + i}` : `model.u_layers.${list}.${i}`);
    writer.pool(up(0), width * pool[tier]!, deeper);
    blocks(tier, (i) => up(i + 1));
  }
  blocks(deepest, (i) => `model.c_layers.${i}`);
  writer.ones('model.norm.weight', dModel);
  writer.normal('model.norm.bias', dModel);
  const decoder = oldNames ? 'decoder.output_transform' : 'decoder.0.output_transform';
  writer.normal(`${decoder}.weight`, 256, dModel);
  writer.normal(`${decoder}.bias`, 256);
  return { stateDict: writer.tensors, architecture };
}

export function safetensorsOf({ stateDict }: Synthetic): Uint8Array {
  return encodeSafetensors(stateDict);
}

class Writer {
  readonly tensors = new Map<string, Tensor>();

  constructor(
    private readonly architecture: SashimiArchitecture,
    private readonly names: Names,
    private readonly random: () => number,
    private readonly damping: number,
  ) {}

  put(key: string, shape: readonly number[], values: ArrayLike<number>): void {
    this.tensors.set(key, { shape, data: Float32Array.from(values) });
  }

  normal(key: string, ...shape: number[]): void {
    const spread = shape.length > 1 ? 1 / Math.sqrt(shape[1]!) : 0.1;
    this.put(key, shape, this.draw(elementCount(shape), spread));
  }

  ones(key: string, size: number): void {
    this.put(key, [size], new Float32Array(size).fill(1));
  }

  /** Plain convolutions of one tap in the standalone model, weight-normed matrices in the training repository. */
  pool(path: string, outputs: number, inputs: number): void {
    const weight = this.draw(outputs * inputs, 1 / Math.sqrt(inputs));
    const bias = this.draw(outputs, 0.1);
    const key = `${path}.linear`;
    if (this.names === 'standalone') {
      this.put(`${key}.weight`, [outputs, inputs, 1], weight);
      this.put(`${key}.bias`, [outputs], bias);
      return;
    }
    const norms = Float64Array.from({ length: outputs }, (_, row) =>
      Math.hypot(...weight.subarray(row * inputs, (row + 1) * inputs)),
    );
    this.put(`${key}.weight_g`, [outputs, 1], norms);
    // Directions of another length than the magnitudes: the row norm has to be divided out.
    this.put(
      `${key}.weight_v`,
      [outputs, inputs],
      weight.map((value) => 2.5 * value),
    );
    this.put(`${key}.bias`, this.isOld ? [outputs, 1] : [outputs], bias);
  }

  ffBlock(path: string, width: number): void {
    const inner = width * this.architecture.ff;
    this.norm(path, width);
    this.matrix(`${path}.layer.ff.0.0`, inner, width);
    this.matrix(`${path}.layer.ff.2`, width, inner);
  }

  s4Block(path: string, width: number, frames: number): void {
    const { names } = this;
    const { outputActivation, ssm } = this.architecture;
    const { conjugatePairs: pairs, kind } = ssm;
    const shared = Math.min(ssm.numSsm, width);
    this.norm(path, width);
    const isV4 = names === 'standalone' || names === 'v4';
    const layer = isV4 ? `${path}.layer.layer` : `${path}.layer`;
    const kernel = isV4 ? `${layer}.kernel` : `${layer}.kernel.kernel`;
    const parameters = this.parameters(width, shared, kind === 's4' ? frames : 0);
    const { A_real, A_imag, B, C, P, inv_dt } = parameters;
    this.normal(`${layer}.D`, 1, width);
    this.put(`${kernel}.${isV4 ? 'inv_dt' : 'log_dt'}`, isV4 ? [width, 1] : [width], inv_dt);
    this.put(`${kernel}.C`, [1, width, pairs, 2], C);
    this.put(`${kernel}.B`, [1, shared, pairs, 2], B);
    if (P) this.put(`${kernel}.P`, [1, shared, pairs, 2], P);
    const negative = A_imag.map((value) => -value);
    if (isV4) {
      this.put(`${kernel}.A_real`, [shared, pairs], A_real);
      this.put(`${kernel}.A_imag`, [shared, pairs], A_imag);
      if (P) this.put(`${kernel}.l_kernel`, [], [frames]);
    } else if (names === 'v3') {
      this.put(`${kernel}.${P ? 'inv_w_real' : 'inv_A_real'}`, [shared, pairs], A_real);
      this.put(`${kernel}.${P ? 'w_imag' : 'A_imag'}`, [shared, pairs], negative);
      if (P) this.put(`${kernel}.L`, [], [frames]);
    } else {
      if (names === 'v2') {
        this.put(`${kernel}.log_w_real`, [shared, pairs], A_real);
        this.put(`${kernel}.w_imag`, [shared, pairs], negative);
      } else {
        const w = interleave(
          A_real.map((value) => -value),
          negative,
        );
        this.put(`${kernel}.w`, [shared, pairs, 2], w);
        this.put(
          `${kernel}.Q`,
          [1, shared, pairs, 2],
          P!.map((value, i) => (i % 2 === 0 ? value : -value)),
        );
      }
      const nodes = Math.floor(frames / 2) + 1;
      const angles = Float64Array.from({ length: nodes }, (_, k) => (-2 * Math.PI * k) / frames);
      this.put(`${kernel}.omega`, [nodes, 2], interleave(angles.map(Math.cos), angles.map(Math.sin)));
      this.put(`${kernel}.z`, [nodes, 2], new Float32Array(2 * nodes));
    }
    const isGated = outputActivation === 'glu';
    const out = `${path}.layer.output_linear${isGated ? '.0' : ''}`;
    const outputs = isGated ? 2 * width : width;
    this.normal(`${out}.weight`, outputs, width);
    this.put(`${out}.bias`, this.isOld ? [outputs, 1] : [outputs], this.draw(outputs, 0.1));
  }

  private get isOld(): boolean {
    return this.names === 'v2' || this.names === 'v2-nonhurwitz';
  }

  private matrix(path: string, outputs: number, inputs: number): void {
    const shape = this.names === 'standalone' ? [outputs, inputs, 1] : [outputs, inputs];
    this.put(`${path}.weight`, shape, this.draw(outputs * inputs, 1 / Math.sqrt(inputs)));
    this.put(`${path}.bias`, this.isOld ? [outputs, 1] : [outputs], this.draw(outputs, 0.1));
  }

  private norm(path: string, width: number): void {
    const [a, b] = [1 + this.random() * 0.1, this.random() * 0.1];
    if (this.names === 'standalone') {
      this.put(`${path}.norm.weight`, [width], new Float32Array(width).fill(a));
      this.put(`${path}.norm.bias`, [width], new Float32Array(width).fill(b));
    } else {
      this.put(`${path}.norm.norm.m`, [1], [b]);
      this.put(`${path}.norm.norm.s`, [1], [a]);
    }
  }

  /** Random but stable, rounded to float32 as a file has them. C is attuned to `frames`; 0 leaves it raw. */
  private parameters(width: number, shared: number, frames: number): S4Parameters {
    const { ssm } = this.architecture;
    const { conjugatePairs: pairs, kind } = ssm;
    const round = (values: Float64Array) => Float64Array.from(Float32Array.from(values));
    const poles = Float64Array.from(
      { length: shared * pairs },
      () => this.damping * (0.5 + 0.1 * this.random() ** 2),
    );
    const raw: S4Parameters = {
      inv_dt: round(Float64Array.from({ length: width }, (_, h) => Math.log(0.02 + (0.1 * h) / width))),
      A_real: round(ssm.realTransform === 'none' ? poles : poles.map(Math.log)),
      A_imag: round(Float64Array.from({ length: shared * pairs }, (_, n) => -3 * (n % pairs) - 1)),
      B: round(this.draw(shared * pairs * 2, 1)),
      C: round(this.draw(width * pairs * 2, 1)),
      P: kind === 's4' ? round(this.draw(shared * pairs * 2, 0.3)) : undefined,
      Q: undefined,
      kernelLength: 0,
    };
    if (frames === 0) return raw;
    const attuned = Array.from({ length: width }, (_, h) => {
      const channel = channelOf(raw, { ...ssm, numSsm: shared }, h);
      return attune(channel.C, discretiseS4(channel, channel.P!), frames);
    });
    return { ...raw, C: round(Float64Array.from(attuned.flat().flatMap(({ re, im }) => [re, im]))) };
  }

  private draw(count: number, spread: number): Float64Array {
    return Float64Array.from({ length: count }, () => spread * this.random());
  }
}

/** C~ = C (I - dA^L): what the official layers store. */
function attune(
  C: readonly Complex[],
  step: Parameters<typeof realStepMatrix>[0],
  frames: number,
): Complex[] {
  const size = 2 * C.length;
  const matrix = identityMinusPower(realStepMatrix(step), size, frames);
  const row = C.flatMap(({ re, im }) => [re, -im]);
  const out = Array.from({ length: size }, (_, j) =>
    row.reduce((sum, value, i) => sum + value * matrix[i * size + j]!, 0),
  );
  return C.map((_, n) => complex(out[2 * n]!, -out[2 * n + 1]!));
}

function interleave(re: Float64Array, im: Float64Array): Float64Array {
  return Float64Array.from({ length: 2 * re.length }, (_, i) => (i % 2 === 0 ? re[i >> 1]! : im[i >> 1]!));
}
