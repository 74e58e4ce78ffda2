import { ModelError } from '../errors.js';
import { CudaCompositeVoice, MAX_CUDA_MEMBERS } from '../native/cuda/cuda-composite.js';
import { CudaStepper } from '../native/cuda/cuda-stepper.js';
import { mixingNumber, NativeCompositeVoice } from '../native/native-composite.js';
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
  const conditioned = steered(members.map(({ stepper }) => stepper));
  for (const { stepper } of members) {
    checkSameAlphabet(first.stepper, stepper);
    if (stepper.conditioning.length > 0) checkSameInputs(conditioned, stepper);
  }
  const composite = nativeComposite(members, mixing) ?? new PlainComposite(members, mixing);
  composite.setWeights(weights);
  return composite;
}

/** Where all members are native, or few enough and on a GPU, their states step together. */
function nativeComposite(members: readonly CompositeMember[], mixing: Mixing): Composite | undefined {
  const steppers = members.map(({ stepper }) => stepper);
  const { seed } = members[0]!;
  const natives = steppers.filter((stepper) => stepper instanceof NativeStepper);
  if (natives.length === members.length) {
    const models = natives.map(({ model }) => model);
    const composite = natives[0]!.addon.createComposite(models, seed, mixingNumber(mixing));
    return new NativeCompositeVoice(composite, steered(natives), members.length, mixing);
  }
  const cudas = steppers.filter((stepper) => stepper instanceof CudaStepper);
  if (cudas.length < members.length || cudas.length > MAX_CUDA_MEMBERS) return undefined;
  return new CudaCompositeVoice(cudas, steered(cudas), seed, mixing);
}

/** The first that takes conditioning, when any does. */
function steered<S extends Stepper>(steppers: readonly S[]): S {
  return steppers.find(({ conditioning }) => conditioning.length > 0) ?? steppers[0]!;
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
