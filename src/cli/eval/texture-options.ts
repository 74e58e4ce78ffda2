import type { OnnxProvider, StepperChoice } from '../../../models/index.js';
import type { GuidedWish } from './bundle-sampling.js';

/** Which pairs of classes are mixed: each class and the next one, all pairs, or none. */
export const MIX_CHOICES = ['neighbours', 'all', 'none'] as const;

export interface TextureEvalOptions extends GuidedWish {
  /** Of each sound and seed. */
  readonly seconds: number;
  readonly seeds: readonly number[];
  readonly mixes: (typeof MIX_CHOICES)[number];
  readonly stepper: StepperChoice;
  readonly provider?: OnnxProvider;
  /** Default: held-out, in the bundle's folder. */
  readonly heldOut?: string;
  readonly out?: string;
  /** Share of everything, and what is being done. */
  readonly onProgress: (share: number, doing: string) => void;
}
