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
import { pathOf, type StepperFacts } from './path.js';

export interface Subject {
  readonly bundle: Bundle;
  readonly stepper: Stepper;
  /** Why this stepper. */
  readonly reason: string;
}

/** In every report for machines: what was measured. */
export interface SubjectFacts {
  readonly bundle: string;
  readonly stepper: string;
  readonly instructionSet: string;
  /** Why this stepper. */
  readonly reason: string;
  /** What did the arithmetic. */
  readonly path: string;
}

/** In every report about speed. */
export interface SpeedFigures extends SubjectFacts, LimitFigures {
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
  return { bundle, stepper, reason };
}

/** The part of a report that tells what was measured. */
export function subjectFacts(bundle: Bundle, stepper: StepperFacts, reason: string): SubjectFacts {
  const { kind, instructionSet } = stepper;
  const path = pathOf(bundle, stepper);
  return { bundle: bundle.manifest.name, stepper: kind, instructionSet, reason, path };
}
