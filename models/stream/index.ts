export {
  type ChosenStepper,
  chooseStepper,
  pairSteppers,
  STEPPER_CHOICES,
  type StepperChoice,
  usualStepper,
} from './choose-stepper.js';
export { InlineStream } from './inline-stream.js';
export { NativeStream, type NativeStreamOptions } from './native-stream.js';
export { type OpenedStream, type OpenStreamOptions, openStream, type SecondModel } from './open.js';
export { WorkerStream, type WorkerStreamOptions } from './worker-stream.js';
