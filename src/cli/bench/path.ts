import { type Bundle, type Stepper, weightFormatOf } from '../../../models/index.js';

/** What did the arithmetic: stepper, instruction set, how the matrices are kept, the form of the state spaces. */
export function pathOf(bundle: Bundle, { kind, instructionSet }: Stepper): string {
  const { ssm } = bundle.manifest.architecture;
  return `${kind} (${instructionSet}), ${weightFormatOf(bundle)} weights, ${ssm.kind}`;
}
