import type { SashimiArchitecture, Tensor } from '../bundle/types.js';
import { complex, conjugate } from './complex.js';
import type { S4dStep, S4Step } from './discretise.js';
import { type Eigensystem, eigensystem } from './eigensystem.js';
import {
  estimateModeError,
  largestModulus,
  MAX_MODE_ERROR,
  MAX_MODE_GAIN,
  modeError,
  openingError,
} from './mode-guard.js';
import { modesOfChannel } from './modes.js';
import type { SteppedChannel } from './s4-parameters.js';

/** The recurrence that a layer of S4 is stepped with where speed counts. */
export interface LayerPath {
  readonly form: 'diagonal' | 'rank-1';
  /** Why rank 1: a clause. Undefined for diagonal. */
  readonly reason?: string;
  /** The largest, as `MAX_MODE_ERROR` has it; undefined when it did not come to that. */
  readonly error?: number;
}

/** Channels that are simulated at length: those that the estimate likes least. */
const NUM_SIMULATED = 4;
/** A diagonal step is half the work of a rank-1 step per slot: with twice as many slots it gains nothing. */
const MAX_MODES_PER_PAIR = 1.5;

/** What was found about one layer, and its modes where they are good enough: all channels have as many. */
export interface LayerModes {
  readonly path: LayerPath;
  readonly modes?: readonly S4dStep[];
}

/**
 * The diagonal form of one S4 layer, or why there is none. The eigenproblem is solved once per SSM: among the channels
 * that share it only dt and C differ.
 */
export function layerModes(channels: readonly SteppedChannel[], ssm: SashimiArchitecture['ssm']): LayerModes {
  const found = findModes(channels, Math.min(ssm.numSsm, channels.length));
  if (typeof found === 'string') return { path: { form: 'rank-1', reason: found } };
  const path = guard(channels, found);
  return path.form === 'diagonal' ? { path, modes: found } : { path };
}

/** Slots that hold the modes of all channels of all these layers. */
export function slotsOf(layers: readonly (readonly S4dStep[])[]): number {
  return layers.reduce((most, modes) => modes.reduce((m, { a }) => Math.max(m, a.length), most), 0);
}

/** The tensors `ssm.modes.a` and `.c` (H, slots, 2); slots that are not needed are 0. */
export function modeTensors(modes: readonly S4dStep[], slots: number): [string, Tensor][] {
  return (['a', 'c'] as const).map((name) => {
    const data = new Float32Array(modes.length * slots * 2);
    for (const [h, step] of modes.entries()) {
      for (const [n, { re, im }] of step[name].entries()) data.set([re, im], (h * slots + n) * 2);
    }
    return [`ssm.modes.${name}`, { shape: [modes.length, slots, 2], data }];
  });
}

/** Or a reason why there are none. */
function findModes(channels: readonly SteppedChannel[], numSsm: number): readonly S4dStep[] | string {
  const systems: Eigensystem[] = [];
  for (const { channel } of channels.slice(0, numSsm)) {
    const { A, B, P, Q } = channel;
    // A damaged checkpoint; what is missing is told when the bundle is sealed.
    if (P === undefined) return 'its rank-1 part is missing';
    const system = eigensystem(A, B, P, Q ?? P.map(conjugate));
    if (system === undefined) return 'its eigenvalues are too close to each other to be told apart';
    const count = system.multiplicity.length;
    if (count > MAX_MODES_PER_PAIR * A.length)
      return `it has ${count} modes instead of ${A.length}, so many of them are real`;
    systems.push(system);
  }
  return channels.map(({ channel }, h) => modesOfChannel(channel, systems[h % numSsm]!));
}

/** Cheap checks and the opening of all channels, then a long simulation of those that look worst. NaN fails each check. */
function guard(channels: readonly SteppedChannel[], modes: readonly S4dStep[]): LayerPath {
  const rankOne = (reason: string, error?: number): LayerPath => ({
    form: 'rank-1',
    reason,
    ...(error === undefined ? {} : { error }),
  });
  let gain = 0;
  for (const { a, c } of modes) {
    gain = Math.max(gain, largestModulus(c));
    const modulus = largestModulus(a);
    const rounded = largestModulus(a.map(({ re, im }) => complex(Math.fround(re), Math.fround(im))));
    if (modulus < 1 && rounded >= 1) return rankOne('a mode that fades would not fade in 32-bit numbers');
  }
  if (!(gain <= MAX_MODE_GAIN))
    return rankOne(`its modes cancel each other: the largest is of size ${gain.toExponential(1)}`);
  const estimates = modes.map(estimateModeError);
  const order = [...estimates.keys()].sort((one, other) => estimates[other]! - estimates[one]!);
  let error = 0;
  for (const [h, { step }] of channels.entries())
    error = Math.max(error, openingError(step as S4Step, modes[h]!));
  for (const h of order.slice(0, NUM_SIMULATED))
    error = Math.max(error, modeError(channels[h]!.step as S4Step, modes[h]!));
  if (!(error <= MAX_MODE_ERROR))
    return rankOne(`as a diagonal its output would be off by ${error.toExponential(1)}`, error);
  return { form: 'diagonal', error };
}
