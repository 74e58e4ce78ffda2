import type { Bundle, ConditioningInput, Quantiser } from '../../bundle/types.js';
import { ModelError } from '../../errors.js';
import { decodeTable } from '../../sampling/quantiser.js';
import type { Conditioning, Pair, Sampling, Stepper, Voice, VoiceGroup } from '../../stepper.js';
import type { NativeRunAhead, RunAheadArguments } from '../load.js';
import { mixingNumber } from '../native-composite.js';
import { NativeVoiceGroup } from '../native-group.js';
import { NativeStepperVoice } from '../native-voice.js';
import { configWords, packModel } from '../pack.js';
import { type CudaDevice, type CudaGroup, type CudaModel, type CudaVoice, openCuda } from './cuda-device.js';

/** Voices of a group: addon/cuda.cc takes no more. */
const MAX_CAPACITY = 1024;

/**
 * The model on a GPU: float32 throughout, every rounding written in the kernel, so that the samples are those of its
 * emulation. Snapshots are those of the native stepper.
 */
export class CudaStepper implements Stepper {
  readonly kind = 'cuda';
  /** The same on every card. */
  readonly instructionSet = 'cuda-fma32';
  readonly sampleRate: number;
  readonly levels: number;
  readonly quantiser: Quantiser;
  readonly conditioning: readonly ConditioningInput[];
  /** @internal For composites. */
  readonly model: CudaModel;
  /** @internal For composites. */
  readonly device: CudaDevice;

  constructor(bundle: Bundle, device: CudaDevice) {
    const { manifest } = bundle;
    const words = configWords(bundle);
    const { values, kinds, scales } = packModel(bundle);
    this.device = device;
    this.model = device.createModel(words, values, kinds, scales, decodeTable(manifest.quantiser));
    this.sampleRate = manifest.sampleRate;
    this.levels = manifest.quantiser.levels;
    this.conditioning = manifest.conditioning;
    this.quantiser = manifest.quantiser;
  }

  createVoice(seed: number): Voice {
    return new CudaStepperVoice(this.model.createVoice(seed), this);
  }

  createGroup(capacity: number): VoiceGroup {
    return new CudaVoiceGroup(this.model, this, capacity);
  }

  /** @internal For streams: a voice on a native thread, which goes on by itself when the device fails. */
  runAhead(...args: RunAheadArguments): NativeRunAhead {
    return this.model.createStream(...args);
  }

  /** @internal For streams of a pair, of which this is the first. */
  runPairAhead(
    second: CudaStepper,
    { mixing, isFirstDropped }: Pair,
    args: RunAheadArguments,
  ): NativeRunAhead {
    const models = [this.model, second.model];
    return this.device.createPairStream(models, mixingNumber(mixing), isFirstDropped, ...args);
  }

  /** The weights go when the last voice and stream are collected. */
  dispose(): void {
    this.model.dispose();
  }
}

/** A voice that tells when its device has failed. */
class CudaStepperVoice extends NativeStepperVoice {
  constructor(
    private readonly cuda: CudaVoice,
    stepper: CudaStepper,
  ) {
    super(cuda, stepper);
    refuseFault(cuda);
  }

  protected override answered(): void {
    refuseFault(this.cuda);
  }
}

class CudaVoiceGroup extends NativeVoiceGroup {
  private readonly cuda: CudaGroup;

  constructor(model: CudaModel, stepper: CudaStepper, capacity: number) {
    let made: CudaGroup | undefined;
    const createGroup = (count: number) => {
      made = model.createGroup(count);
      return made;
    };
    super({ createGroup }, stepper, capacity, MAX_CAPACITY);
    this.cuda = made!;
  }

  override stepBlock(
    outs: readonly Float32Array[],
    numFrames: number,
    samplings: readonly Sampling[],
    conditionings?: readonly (Conditioning | undefined)[],
  ): void {
    super.stepBlock(outs, numFrames, samplings, conditionings);
    refuseFault(this.cuda);
  }
}

/** @internal Throws MODEL_CUDA once the device has failed. */
export function refuseFault({ fault }: { readonly fault: string | undefined }): void {
  if (fault === undefined) return;
  throw new ModelError('MODEL_CUDA', `The GPU gave up: ${fault}.`, {
    remedy: 'Look at the log of the driver (dmesg, nvidia-smi), or use --stepper native.',
  });
}

/**
 * On the first GPU of the driver in `library`, the system's own when left out. Throws MODEL_CUDA without one, and what
 * packing the model throws.
 */
export function createCudaStepper(bundle: Bundle, library?: string): CudaStepper {
  const opened = openCuda(library);
  if (opened.ok) return new CudaStepper(bundle, opened.device);
  throw new ModelError('MODEL_CUDA', `The cuda stepper cannot be used: ${opened.reason}.`);
}
