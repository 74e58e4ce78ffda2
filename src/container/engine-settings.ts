import type { StepperChoice } from '../engine/options.js';

/** What the services of one engine need to know. */
export interface EngineSettings {
  readonly stepper: StepperChoice;
  /** How far models run ahead, live. */
  readonly lookAheadMs: number;
}
