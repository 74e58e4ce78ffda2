/** Which stepper is the fastest that works here: measured once, kept, told. */
export { type KeptTrials, TrialCache, trialsFile } from './kept-trials.js';
export { lookAtMachine, type Machine, stepperBuild } from './machine.js';
export {
  type BundleNeed,
  type PlanMode,
  planSteppers,
  type StepperReport,
  type SteppersPlanned,
  stepperSentence,
} from './plan-steppers.js';
