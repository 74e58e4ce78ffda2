export { candidateNames, candidatesFor } from './candidates.js';
export { DEVICE_MARGIN, type Judgement, judge } from './judge.js';
export { isOnProcessor, SELF_TEST_MS, type SelfTestOptions, type Stage, selfTest } from './self-test.js';
export { stepperFiles } from './stepper-files.js';
export {
  type Candidate,
  type CandidateName,
  candidateText,
  isCandidateName,
  isTrial,
  type Measured,
  type NotMeasured,
  type Trial,
} from './trial.js';
