import { ModelError } from '../errors.js';
import { NativeCompositeVoice } from '../native/native-composite.js';
import { NativeStepper } from '../native/native-stepper.js';
import type { Composite, Mixing, Stepper } from '../stepper.js';
import { type CompositeMember, PlainComposite } from './plain-composite.js';

export type { CompositeMember };

/**
 * Makes one voice of several models (or several times the same), which step in lockstep: every frame all consume the
 * same token, their logits are mixed, and one token is drawn. `weights` (members) as `Mixing` says. The steppers are
 * the caller's and must outlive the composite. Allocates; call off the audio path.
 *
 * Throws MODEL_ARGUMENT for no members, members that differ in quantiser, sample rate or (those that take any) in
 * conditioning, and weights out of range.
 */
export function createComposite(
  members: readonly CompositeMember[],
  mixing: Mixing,
  weights: readonly number[],
): Composite {
  const [first] = members;
  if (first === undefined)
    throw new ModelError('MODEL_ARGUMENT', 'Expected members of a composite but received none.');
  const steered = members.find(({ stepper }) => stepper.conditioning.length > 0) ?? first;
  for (const { stepper } of members) {
    checkSameAlphabet(first.stepper, stepper);
    if (stepper.conditioning.length > 0) checkSameInputs(steered.stepper, stepper);
  }
  const composite = nativeComposite(members, mixing) ?? new PlainComposite(members, mixing);
  composite.setWeights(weights);
  return composite;
}

/** Where all members are native, their states step together. */
function nativeComposite(members: readonly CompositeMember[], mixing: Mixing): Composite | undefined {
  const steppers = members
    .map(({ stepper }) => stepper)
    .filter((stepper) => stepper instanceof NativeStepper);
  if (steppers.length < members.length) return undefined;
  return new NativeCompositeVoice(steppers, members[0]!.seed, mixing);
}

/** Tokens that mean different sounds cannot be mixed, nor can frames of different length. */
function checkSameAlphabet(one: Stepper, other: Stepper): void {
  const describe = ({ quantiser, sampleRate }: Stepper) =>
    `${quantiser.kind}, ${quantiser.levels} levels, start ${quantiser.startToken}, ${sampleRate} Hz`;
  if (describe(one) === describe(other)) return;
  throw new ModelError(
    'MODEL_ARGUMENT',
    `Expected members of one quantiser and sample rate but received ${describe(one)} and ${describe(other)}.`,
    { remedy: 'Choose models that were trained with the same quantiser at the same rate.' },
  );
}

/** One frame must mean the same to all whom it steers. */
function checkSameInputs(one: Stepper, other: Stepper): void {
  const describe = ({ conditioning }: Stepper) =>
    conditioning
      .map(({ name, dim, rateHz, kind }) => `${name} (${dim} at ${rateHz} Hz${kind ? `, ${kind}` : ''})`)
      .join(', ');
  if (describe(one) === describe(other)) return;
  throw new ModelError(
    'MODEL_ARGUMENT',
    `Expected members of the same conditioning but received ${describe(one)} and ${describe(other)}.`,
    { remedy: 'Mix models that take the same inputs, or with models that take none.' },
  );
}
