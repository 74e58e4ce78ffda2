import type { Mixing } from '../../stepper.js';
import { mixingNumber, NativeCompositeVoice } from '../native-composite.js';
import type { CudaComposite } from './cuda-device.js';
import { type CudaStepper, refuseFault } from './cuda-stepper.js';

/** Members of one composite that step in one kernel: addon/cuda.cc takes no more. */
export const MAX_CUDA_MEMBERS = 4;

/** A composite of models on a GPU, whose predictions meet in the kernel. It tells when its device has failed. */
export class CudaCompositeVoice extends NativeCompositeVoice {
  private readonly cuda: CudaComposite;

  /** `steppers`: one per member, 1 to MAX_CUDA_MEMBERS, that fit together; `steered` takes conditioning, when any does. */
  constructor(steppers: readonly CudaStepper[], steered: CudaStepper, seed: number, mixing: Mixing) {
    const { device } = steppers[0]!;
    const models = steppers.map(({ model }) => model);
    const cuda = device.createComposite(models, seed, mixingNumber(mixing));
    super(cuda, steered, steppers.length, mixing);
    this.cuda = cuda;
    refuseFault(cuda);
  }

  protected override answered(): void {
    refuseFault(this.cuda);
  }
}
