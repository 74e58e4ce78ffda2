import { blockPrefix, tierWidth } from '../../../models/bundle/layout.js';
import type { Bundle, SashimiArchitecture } from '../../../models/bundle/types.js';
import type { Conditioning } from '../../../models/index.js';
import { erf } from '../../../models/sashimi/erf.js';

/** A sequence: one row per frame. */
type Frames = number[][];
/** A layer over a whole sequence. */
type Layer = (x: Frames) => Frames;

/**
 * The model as the paper draws it, over a whole sequence, layer by layer, in float64: state spaces as convolutions,
 * pools as reshapes with a shift, skips as a stack. It shares no schedule, no state and no queue with the steppers.
 * Row t is the logits after ids[t]. The length of `ids` must be a multiple of the product of the pools; `conditioning`
 * has all frames of it.
 */
export function wholeSequenceLogits(
  bundle: Bundle,
  ids: ArrayLike<number>,
  conditioning: Conditioning = [],
): Frames {
  const { architecture } = bundle.manifest;
  const embedding = matrix(bundle, 'embedding.weight');
  const x = steer(bundle, conditioning, 0)(Array.from(ids, (id) => embedding[id]!));
  const down = (k: number): Layer => {
    const [pool, steered] = [downPool(bundle, architecture, k), steer(bundle, conditioning, k + 1)];
    return (y) => steered(pool(y));
  };
  const backbone = (architecture.unet ? unet : ladder)(bundle, architecture, x, down);
  return linear(bundle, 'decoder')(layerNorm(bundle, 'norm')(backbone));
}

/** Blocks on the way up alone. */
function ladder(
  bundle: Bundle,
  architecture: SashimiArchitecture,
  input: Frames,
  downTo: (k: number) => Layer,
): Frames {
  const numPools = architecture.pool.length;
  const inputs = [input];
  for (let k = 0; k < numPools; k++) inputs.push(downTo(k)(inputs[k]!));
  let x = inputs[numPools]!;
  for (let k = numPools; k >= 0; k--) {
    if (k < numPools) x = sum(upPool(bundle, architecture, k)(x), inputs[k]!);
    const blocks = pairs(
      bundle,
      architecture,
      numLayersOf(architecture, (i) => blockPrefix(architecture, k, i)),
    );
    x = sum(through(blocks, x), x);
  }
  return x;
}

/** As the training code of the paper's unet: one stack of the input and all outputs on the way down. */
function unet(
  bundle: Bundle,
  architecture: SashimiArchitecture,
  input: Frames,
  downTo: (k: number) => Layer,
): Frames {
  const numPools = architecture.pool.length;
  const tiers = Array.from({ length: numPools }, (_, k) => k);
  const down = tiers.flatMap((k) => [
    ...pairs(
      bundle,
      architecture,
      numLayersOf(architecture, (i) => `blocks.down.${k}.${i}`),
    ),
    downTo(k),
  ]);
  const up = tiers.reverse().flatMap((k) => [
    upPool(bundle, architecture, k),
    ...pairs(
      bundle,
      architecture,
      numLayersOf(architecture, (i) => `blocks.up.${k}.${i}`),
    ),
  ]);
  const stack = [input];
  for (const layer of down) stack.push(layer(stack.at(-1)!));
  const centre = pairs(
    bundle,
    architecture,
    numLayersOf(architecture, (i) => `blocks.center.${i}`),
  );
  let x = through(centre, stack.at(-1)!);
  x = sum(x, stack.pop()!);
  for (const layer of up) x = sum(layer(x), stack.pop()!);
  if (stack.length > 0) throw new Error('The unet must use every skip once.');
  return x;
}

function numLayersOf(architecture: SashimiArchitecture, prefix: (pair: number) => string): string[] {
  return Array.from({ length: architecture.numLayers }, (_, i) => prefix(i));
}

/** The S4 and the feed-forward block of every prefix, each with its residual. */
function pairs(bundle: Bundle, architecture: SashimiArchitecture, prefixes: readonly string[]): Layer[] {
  return prefixes.flatMap((prefix): Layer[] => {
    const s4 = [norm(bundle, `${prefix}.s4.norm`, architecture), stateSpace(bundle, `${prefix}.s4`), gelu];
    const out = linear(bundle, `${prefix}.s4.out`);
    s4.push(architecture.outputActivation === 'glu' ? (x) => gated(out(x)) : out);
    const ff = [
      norm(bundle, `${prefix}.ff.norm`, architecture),
      linear(bundle, `${prefix}.ff.in`),
      gelu,
      linear(bundle, `${prefix}.ff.out`),
    ];
    return [(x) => sum(x, through(s4, x)), (x) => sum(x, through(ff, x))];
  });
}

function through(layers: readonly Layer[], x: Frames): Frames {
  return layers.reduce((y, layer) => layer(y), x);
}

function sum(a: Frames, b: Frames): Frames {
  return a.map((row, t) => row.map((value, h) => value + b[t]![h]!));
}

/** Adds to every frame of a tier what steers it: the conditioning of its last sample. */
function steer(bundle: Bundle, conditioning: Conditioning, tier: number): Layer {
  const { architecture, conditioning: inputs, sampleRate } = bundle.manifest;
  const span = architecture.pool.slice(0, tier).reduce((a, b) => a * b, 1);
  return (x) =>
    inputs.reduce((sofar, { name, dim, rateHz }, i) => {
      const rows = conditioning[i];
      const weight = matrix(bundle, `cond.${name}.${tier}.weight`);
      const dropped = Array.from(bundle.tensors.get(`cond.${name}.${tier}.dropped`)!.data);
      const added = x.map((_, j) => {
        const frame = Math.floor((((j + 1) * span - 1) * rateHz) / sampleRate);
        if (!rows) return dropped;
        return weight.map((row) => row.reduce((total, w, d) => total + w * rows[frame * dim + d]!, 0));
      });
      return sum(sofar, added);
    }, x);
}

/** (T, H) to (T / pool, H'): input index h * pool + s. */
function downPool(bundle: Bundle, { pool }: SashimiArchitecture, k: number): Layer {
  const project = linear(bundle, `pool.down.${k}`);
  const factor = pool[k]!;
  return (x) =>
    project(
      Array.from({ length: x.length / factor }, (_, l) =>
        x[0]!.flatMap((_, h) => Array.from({ length: factor }, (_, s) => x[l * factor + s]![h]!)),
      ),
    );
}

/** (T, H') to (T * pool, H), later by one frame of the input: the first `pool` frames are zeros. */
function upPool(bundle: Bundle, architecture: SashimiArchitecture, k: number): Layer {
  const project = linear(bundle, `pool.up.${k}`);
  const factor = architecture.pool[k]!;
  const width = tierWidth(architecture, k);
  return (x) => {
    const windows = [new Array<number>(width * factor).fill(0), ...project(x).slice(0, -1)];
    return windows.flatMap((window) =>
      Array.from({ length: factor }, (_, s) =>
        Array.from({ length: width }, (_, h) => window[h * factor + s]!),
      ),
    );
  };
}

/** y = K * u + D u, with the kernel K of every channel: K[l] = c^T M^l b in real numbers. */
function stateSpace(bundle: Bundle, prefix: string): Layer {
  const tensor = (name: string) => bundle.tensors.get(`${prefix}.ssm.${name}`);
  const skip = bundle.tensors.get(`${prefix}.D`)!.data;
  const [width, numPairs] = tensor('a')!.shape as [number, number];
  const channel = (name: string, h: number) =>
    tensor(name)?.data.subarray(h * numPairs * 2, (h + 1) * numPairs * 2);
  return (u) => {
    const y = u.map((row) => row.map((value, h) => value * skip[h]!));
    for (let h = 0; h < width; h++) {
      const kernel = kernelOf((name) => channel(name, h), numPairs, u.length);
      for (let t = 0; t < u.length; t++) {
        for (let l = 0; l <= t; l++) y[t]![h]! += kernel[l]! * u[t - l]![h]!;
      }
    }
    return y;
  };
}

function kernelOf(
  coefficients: (name: string) => Float32Array | undefined,
  numPairs: number,
  length: number,
): number[] {
  const a = coefficients('a')!;
  const c = coefficients('c')!;
  const b = coefficients('b') ?? Float32Array.from(a, (_, i) => (i % 2 === 0 ? 1 : 0));
  const [p, q] = [coefficients('p'), coefficients('q')];
  const size = 2 * numPairs;
  // Re(q x) of complex numbers as a real row: (q.re, -q.im).
  const realRow = (values: Float32Array, i: number) => (i % 2 === 0 ? values[i]! : -values[i]!);
  const M = Array.from({ length: size }, (_, row) =>
    Array.from({ length: size }, (_, column) => {
      const pair = row >> 1;
      const rotation =
        pair !== column >> 1
          ? 0
          : row === column
            ? a[2 * pair]!
            : (row % 2 === 0 ? -1 : 1) * a[2 * pair + 1]!;
      return rotation + (p && q ? p[row]! * realRow(q, column) : 0);
    }),
  );
  const kernel: number[] = [];
  let state = Array.from(b);
  for (let l = 0; l < length; l++) {
    kernel.push(state.reduce((total, value, i) => total + realRow(c, i) * value, 0));
    state = M.map((row) => row.reduce((total, value, i) => total + value * state[i]!, 0));
  }
  return kernel;
}

function norm(bundle: Bundle, prefix: string, architecture: SashimiArchitecture): Layer {
  if (architecture.norm === 'layer') return layerNorm(bundle, prefix);
  const m = bundle.tensors.get(`${prefix}.m`)!.data[0]!;
  const s = bundle.tensors.get(`${prefix}.s`)!.data[0]!;
  return (x) =>
    x.map((row) => {
      const { mean, variance } = moments(row);
      return row.map((value) => (s / Math.sqrt(variance)) * (value - mean + m));
    });
}

function layerNorm(bundle: Bundle, prefix: string): Layer {
  const weight = bundle.tensors.get(`${prefix}.weight`)!.data;
  const bias = bundle.tensors.get(`${prefix}.bias`)!.data;
  return (x) =>
    x.map((row) => {
      const { mean, variance } = moments(row);
      return row.map((value, h) => ((value - mean) / Math.sqrt(variance + 1e-5)) * weight[h]! + bias[h]!);
    });
}

function moments(row: readonly number[]): { mean: number; variance: number } {
  const mean = row.reduce((a, b) => a + b) / row.length;
  return { mean, variance: row.reduce((a, b) => a + (b - mean) ** 2, 0) / row.length };
}

function linear(bundle: Bundle, prefix: string): Layer {
  const weight = matrix(bundle, `${prefix}.weight`);
  const bias = bundle.tensors.get(`${prefix}.bias`)!.data;
  return (x) =>
    x.map((input) => weight.map((row, o) => row.reduce((total, w, i) => total + w * input[i]!, bias[o]!)));
}

function matrix(bundle: Bundle, name: string): Frames {
  const { shape, data } = bundle.tensors.get(name)!;
  const [rows, columns] = shape as [number, number];
  return Array.from({ length: rows }, (_, row) =>
    Array.from(data.subarray(row * columns, (row + 1) * columns)),
  );
}

function gelu(x: Frames): Frames {
  return x.map((row) => row.map((value) => 0.5 * value * (1 + erf(value / Math.SQRT2))));
}

function gated(x: Frames): Frames {
  return x.map((row) => {
    const half = row.length / 2;
    return row.slice(0, half).map((value, h) => value / (1 + Math.exp(-row[half + h]!)));
  });
}
