import { blockPrefix, CONDITIONING_PREFIX, tierWidth } from '../bundle/layout.js';
import type { Bundle, ConditioningInput, SashimiArchitecture, Tensor } from '../bundle/types.js';
import { ModelError } from '../errors.js';
import { blockNorm, ssmLayer } from '../sashimi/blocks.js';
import { addGated, geluInPlace, LayerNorm, Linear } from '../sashimi/layers.js';
import type { Affine } from './calibrated-matrix.js';
import { addFrames, embed, type Frames, gatherWindows, mapFrames, playOutWindows } from './frames.js';
import type { Lanes } from './moments.js';

/** Decides a matrix, `prefix`.weight and .bias, from what goes into it. May be awaited, to let a screen redraw. */
export type RoundMatrix = (prefix: string, matrix: Affine, inputs: Lanes) => Affine | Promise<Affine>;

/**
 * Walks through a model layer by layer, each over a whole stretch of sound at once (teacher forcing), in two lanes:
 * the original, and the model whose matrices have been rounded so far. So every matrix is asked for once, in the order
 * of the signal, with the inputs that it will really have. Same model as `models/sashimi`, other loop order.
 * All conditioning is dropped: what a model hears while nobody plays.
 */
export class CalibrationWalk {
  private readonly architecture: SashimiArchitecture;
  private readonly conditioning: readonly ConditioningInput[];
  private readonly tensors: Bundle['tensors'];
  private readonly roundMatrix: RoundMatrix;

  constructor({ manifest, tensors }: Bundle, roundMatrix: RoundMatrix) {
    this.architecture = manifest.architecture;
    this.conditioning = manifest.conditioning;
    this.tensors = tensors;
    this.roundMatrix = roundMatrix;
  }

  /** `ids` is a multiple of the product of the pools long; `embedding` (levels, dModel) is what the rounded lane uses. */
  async run(ids: Uint8Array, embedding: Tensor): Promise<void> {
    const exact = embed(this.tensor('embedding.weight'), ids);
    const out = await this.tier(0, { exact, rounded: embed(embedding, ids) });
    const norm = new LayerNorm(this.tensor('norm.weight'), this.tensor('norm.bias'));
    await this.linear(
      'decoder',
      both(out, (x) => mapFrames(x, x.width, (a, b) => norm.apply(a, b))),
    );
  }

  /** A tier and all deeper ones; `TierRun` has the schedule that this follows. */
  private async tier(k: number, input: Lanes): Promise<Lanes> {
    const { numLayers, pool, unet } = this.architecture;
    const isDeepest = k === pool.length;
    const skips: Lanes[] = [];
    let x = this.steered(k, input);
    for (let pair = 0; unet && !isDeepest && pair < numLayers; pair++) {
      skips.push(x);
      x = await this.ssmBlock(`blocks.down.${k}.${pair}`, k, x);
      skips.push(x);
      x = await this.feedForward(`blocks.down.${k}.${pair}`, k, x);
    }
    if (!isDeepest) x = sum(x, await this.deeper(k, x));
    const whole = x;
    for (let pair = 0; pair < numLayers; pair++) {
      const prefix = blockPrefix(this.architecture, k, pair);
      x = plus(await this.ssmBlock(prefix, k, x), skips.pop());
      x = plus(await this.feedForward(prefix, k, x), skips.pop());
    }
    return unet && !isDeepest ? x : sum(x, whole);
  }

  /** The input of a tier with the stand-ins of all conditioning. */
  private steered(k: number, input: Lanes): Lanes {
    return this.conditioning.reduce((x, { name }) => {
      const { data } = this.tensor(`${CONDITIONING_PREFIX}${name}.${k}.dropped`);
      return both(x, (lane) =>
        mapFrames(lane, lane.width, (a, b) => {
          for (let h = 0; h < data.length; h++) b[h] = a[h]! + data[h]!;
        }),
      );
    }, input);
  }

  /** What the deeper tiers say to the frames of tier k. */
  private async deeper(k: number, x: Lanes): Promise<Lanes> {
    const pool = this.architecture.pool[k]!;
    const down = await this.linear(
      `pool.down.${k}`,
      both(x, (lane) => gatherWindows(lane, pool)),
    );
    const up = await this.linear(`pool.up.${k}`, await this.tier(k + 1, down));
    return both(up, (lane) => playOutWindows(lane, pool));
  }

  private async ssmBlock(prefix: string, k: number, x: Lanes): Promise<Lanes> {
    const width = tierWidth(this.architecture, k);
    const isGated = this.architecture.outputActivation === 'glu';
    const norm = blockNorm(`${prefix}.s4.norm`, width, this.architecture, this.tensor);
    const ssm = ssmLayer(`${prefix}.s4`, this.architecture, this.tensor);
    const normed = new Float64Array(width);
    const filtered = both(x, (lane) => {
      const state = new Float64Array(ssm.stateLength);
      return mapFrames(lane, width, (a, b) => {
        norm.apply(a, normed);
        ssm.step(normed, state, b);
        geluInPlace(b, width);
      });
    });
    const out = await this.linear(`${prefix}.s4.out`, filtered);
    const gated = isGated ? both(out, (lane) => gate(lane, width)) : out;
    return sum(gated, x);
  }

  private async feedForward(prefix: string, k: number, x: Lanes): Promise<Lanes> {
    const width = tierWidth(this.architecture, k);
    const norm = blockNorm(`${prefix}.ff.norm`, width, this.architecture, this.tensor);
    const normed = both(x, (lane) => mapFrames(lane, width, (a, b) => norm.apply(a, b)));
    const inner = await this.linear(`${prefix}.ff.in`, normed);
    for (const lane of [inner.exact, inner.rounded]) geluFrames(lane);
    return sum(await this.linear(`${prefix}.ff.out`, inner), x);
  }

  private async linear(prefix: string, x: Lanes): Promise<Lanes> {
    const exact: Affine = { weight: this.tensor(`${prefix}.weight`), bias: this.tensor(`${prefix}.bias`) };
    const rounded = await this.roundMatrix(prefix, exact, x);
    return { exact: applyAffine(exact, x.exact), rounded: applyAffine(rounded, x.rounded) };
  }

  private readonly tensor = (name: string): Tensor => {
    const found = this.tensors.get(name);
    if (found === undefined)
      throw new ModelError('MODEL_TENSOR_MISSING', `Expected tensor ${name} in the bundle.`);
    return found;
  };
}

function applyAffine({ weight, bias }: Affine, x: Frames): Frames {
  const layer = new Linear(weight, bias);
  return mapFrames(x, layer.outputs, (a, b) => layer.apply(a, b));
}

/** values * sigmoid(gates) of frames (values, gates). */
function gate(frames: Frames, width: number): Frames {
  return mapFrames(frames, width, (o, y) => {
    y.fill(0);
    addGated(y, o, width);
  });
}

function geluFrames({ data, width, numFrames }: Frames): void {
  const frame = new Float64Array(width);
  for (let t = 0; t < numFrames; t++) {
    const row = data.subarray(t * width, (t + 1) * width);
    frame.set(row);
    geluInPlace(frame, width);
    row.set(frame);
  }
}

function both(lanes: Lanes, change: (lane: Frames) => Frames): Lanes {
  return { exact: change(lanes.exact), rounded: change(lanes.rounded) };
}

function sum(a: Lanes, b: Lanes): Lanes {
  return { exact: addFrames(a.exact, b.exact), rounded: addFrames(a.rounded, b.rounded) };
}

/** Of a unet each layer on the way up is followed by the sum with its mirror image; of others there is none. */
function plus(x: Lanes, mirror: Lanes | undefined): Lanes {
  return mirror === undefined ? x : sum(x, mirror);
}
