/** What the commands that measure a stepper have in common. */
import {
  type Bundle,
  chooseStepper,
  loadBundle,
  type OnnxProvider,
  type Stepper,
  type StepperChoice,
} from '../../../models/index.js';
import type { LimitFigures } from './core-limits.js';
import { pathOf } from './path.js';

export interface Subject {
  readonly bundle: Bundle;
  readonly stepper: Stepper;
  /** Why this stepper. */
  readonly reason: string;
  readonly path: string;
}

/** In every report for machines. */
export interface SpeedFigures extends LimitFigures {
  readonly bundle: string;
  readonly stepper: string;
  readonly instructionSet: string;
  readonly reason: string;
  /** What did the arithmetic. */
  readonly path: string;
  readonly repeats: number;
  /** Seconds of sound per second of one core, of all voices together: the middle repeat. */
  readonly realTimeFactor: number;
  readonly samplesPerSecond: number;
  /** The slowest block's time over its duration. */
  readonly worstBlock: number;
}

/** Which engine is measured. */
export interface SubjectOptions {
  readonly stepper: StepperChoice;
  /** Of the onnx stepper. */
  readonly provider?: OnnxProvider | undefined;
}

/** The caller disposes of the stepper. */
export async function openSubject(folder: string, options: SubjectOptions): Promise<Subject> {
  const bundle = await loadBundle(folder);
  const { stepper, reason } = await chooseStepper(bundle, options.stepper, options.provider);
  return { bundle, stepper, reason, path: pathOf(bundle, stepper) };
}

/** The part of a report that tells what was measured. */
export function subjectFacts({ bundle, stepper, reason, path }: Subject) {
  const { kind, instructionSet } = stepper;
  return { bundle: bundle.manifest.name, stepper: kind, instructionSet, reason, path };
}
