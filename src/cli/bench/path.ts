import { type Bundle, type Stepper, ssmPaths, weightFormatOf } from '../../../models/index.js';

export type StepperFacts = Pick<Stepper, 'kind' | 'instructionSet'>;

/** What did the arithmetic: stepper, instruction set, how the matrices are kept, the form of the state spaces. */
export function pathOf(bundle: Bundle, { kind, instructionSet }: StepperFacts): string {
  const paths = ssmPaths(bundle);
  const isReference = kind === 'reference' && bundle.manifest.architecture.ssm.kind === 's4';
  // The reference takes every S4 layer as diagonal plus rank one.
  const { diagonal, rankOne } = isReference
    ? { diagonal: 0, rankOne: paths.diagonal + paths.rankOne }
    : paths;
  const layers = [diagonal > 0 ? `${diagonal} diagonal` : '', rankOne > 0 ? `${rankOne} rank-one` : ''];
  return `${kind} (${instructionSet}), ${weightFormatOf(bundle)}, ${layers.filter(Boolean).join(' and ')} layers`;
}
