import type { SashimiArchitecture, Tensor } from '../bundle/types.js';
import { ModelError } from '../errors.js';
import { type Complex, complex, scale } from './complex.js';
import {
  type ContinuousChannel,
  discretiseS4,
  discretiseS4d,
  type S4dStep,
  type S4Step,
  undoKernelTruncation,
} from './discretise.js';

/**
 * The trained parameters of one S4 layer under their v4 names and signs, whatever generation they are of.
 * H channels, S shared SSMs, N conjugate pairs.
 */
export interface S4Parameters {
  /** (H). */
  readonly inv_dt: Float64Array;
  /** (S, N) each. */
  readonly A_real: Float64Array;
  readonly A_imag: Float64Array;
  /** (S, N, 2). */
  readonly B: Float64Array;
  /** (H, N, 2). */
  readonly C: Float64Array;
  /** (S, N, 2); S4 only. */
  readonly P: Float64Array | undefined;
  /** (S, N, 2); only where it is not conj(P). */
  readonly Q: Float64Array | undefined;
  /** L that C is attuned to; 0: C is raw. */
  readonly kernelLength: number;
}

/** One channel of a layer, transformed. P and Q as in `discretiseS4`. */
export interface S4Channel extends ContinuousChannel {
  readonly P: readonly Complex[] | undefined;
  readonly Q: readonly Complex[] | undefined;
}

/**
 * A = -f(A_real) - i A_imag and dt = g(inv_dt), f and g the transforms of the architecture; channel h uses
 * SSM h mod S (tiled, not repeated).
 */
export function channelOf(parameters: S4Parameters, ssm: SashimiArchitecture['ssm'], h: number): S4Channel {
  const pairs = ssm.conjugatePairs;
  const shared = h % (parameters.A_real.length / pairs);
  const { P, Q } = parameters;
  return {
    dt: transform(ssm.dtTransform, parameters.inv_dt[h]!),
    A: Array.from({ length: pairs }, (_, n) =>
      complex(
        -transform(ssm.realTransform, parameters.A_real[shared * pairs + n]!),
        -parameters.A_imag[shared * pairs + n]!,
      ),
    ),
    B: complexRow(parameters.B, shared, pairs),
    C: complexRow(parameters.C, h, pairs),
    P: P && complexRow(P, shared, pairs),
    Q: Q && complexRow(Q, shared, pairs),
  };
}

/** A channel as it steps, float64: `step` has p, q and b for S4 alone; `channel.C` is the raw one. */
export interface SteppedChannel {
  readonly channel: S4Channel;
  readonly step: S4dStep | S4Step;
}

/** All channels of a layer. Slow for S4: each has its kernel's truncation undone. */
export function discretiseLayer(
  parameters: S4Parameters,
  ssm: SashimiArchitecture['ssm'],
  width: number,
): SteppedChannel[] {
  return Array.from({ length: width }, (_, h) =>
    discretiseChannel(channelOf(parameters, ssm, h), parameters.kernelLength, ssm),
  );
}

/** The `ssm.*` and `trained.*` tensors of one block, without their prefix. The trained C that is kept is the raw one. */
export function stepTensors(
  parameters: S4Parameters,
  ssm: SashimiArchitecture['ssm'],
  width: number,
  channels: readonly SteppedChannel[] = discretiseLayer(parameters, ssm, width),
): Map<string, Tensor> {
  const { conjugatePairs: pairs } = ssm;
  const numSsm = Math.min(ssm.numSsm, width);
  const rows: Record<string, Float32Array> = {};
  const rawC = new Float32Array(width * pairs * 2);
  for (const [h, { channel, step }] of channels.entries()) {
    for (const [name, values] of Object.entries(step)) {
      rows[name] ??= new Float32Array(width * pairs * 2);
      writeRow(rows[name], h, values as readonly Complex[]);
    }
    writeRow(rawC, h, channel.C);
  }
  const tensors = new Map<string, Tensor>();
  for (const [name, data] of Object.entries(rows))
    tensors.set(`ssm.${name}`, { shape: [width, pairs, 2], data });
  const keep = (name: string, source: Float64Array | undefined, ...shape: number[]) => {
    if (source) tensors.set(`trained.${name}`, { shape, data: Float32Array.from(source) });
  };
  keep('inv_dt', parameters.inv_dt, width, 1);
  keep('A_real', parameters.A_real, numSsm, pairs);
  keep('A_imag', parameters.A_imag, numSsm, pairs);
  keep('B', parameters.B, 1, numSsm, pairs, 2);
  tensors.set('trained.C', { shape: [1, width, pairs, 2], data: rawC });
  keep('P', parameters.P, 1, numSsm, pairs, 2);
  keep('Q', parameters.Q, 1, numSsm, pairs, 2);
  return tensors;
}

function discretiseChannel(
  channel: S4Channel,
  kernelLength: number,
  ssm: SashimiArchitecture['ssm'],
): SteppedChannel {
  const { P, Q } = channel;
  if (P === undefined) return { channel, step: discretiseS4d(channel, ssm.discretisation) };
  const truncated = discretiseS4(channel, P, Q);
  const C = undoKernelTruncation(truncated, channel.C, kernelLength);
  return { channel: { ...channel, C }, step: { ...truncated, c: C.map((value) => scale(value, 2)) } };
}

/** The positive reparametrisations of dt and of the real part of A. */
export function transform(kind: 'exp' | 'softplus' | 'none', value: number): number {
  switch (kind) {
    case 'exp':
      return Math.exp(value);
    case 'softplus':
      return value > 20 ? value : Math.log1p(Math.exp(value));
    case 'none':
      return value;
  }
}

/** Row `row` of a (..., rows, N, 2) tensor. */
function complexRow(data: Float64Array, row: number, pairs: number): Complex[] {
  const start = row * pairs * 2;
  return Array.from({ length: pairs }, (_, n) => complex(data[start + 2 * n]!, data[start + 2 * n + 1]!));
}

/** Float32 overflow or a pole outside the unit circle's reach shows here, not at play time. */
function writeRow(target: Float32Array, row: number, values: readonly Complex[]): void {
  values.forEach(({ re, im }, n) => {
    const at = (row * values.length + n) * 2;
    target[at] = re;
    target[at + 1] = im;
    if (!Number.isFinite(target[at]) || !Number.isFinite(target[at + 1])) {
      throw new ModelError(
        'MODEL_DISCRETISE',
        `Expected finite step coefficients but channel ${row}, pair ${n} gives ${re} + ${im}i.`,
      );
    }
  });
}
