import type { Bundle, ConditioningInput, Quantiser } from '../bundle/types.js';
import type { Stepper, Voice, VoiceGroup } from '../stepper.js';
import { SeparateVoices } from '../voices/separate-voices.js';
import { OnnxVoice } from './onnx-voice.js';
import type { OnnxProvider } from './providers.js';
import { RuntimeThread } from './run/runtime-thread.js';

/** The exported graphs on ONNX Runtime, in a thread of its own: float32 models, float64 draws. */
class OnnxStepper implements Stepper {
  readonly kind = 'onnx';
  readonly instructionSet: string;
  readonly sampleRate: number;
  readonly levels: number;
  readonly quantiser: Quantiser;
  readonly conditioning: readonly ConditioningInput[];

  constructor(
    private readonly bundle: Bundle,
    private readonly thread: RuntimeThread,
    provider: OnnxProvider,
  ) {
    this.instructionSet = `${provider}, onnxruntime ${thread.runtimeVersion}`;
    this.sampleRate = bundle.manifest.sampleRate;
    this.conditioning = bundle.manifest.conditioning;
    this.quantiser = bundle.manifest.quantiser;
    this.levels = this.quantiser.levels;
  }

  createVoice(seed: number): Voice {
    return new OnnxVoice(this.bundle, this.thread, seed);
  }

  createGroup(capacity: number): VoiceGroup {
    return new SeparateVoices(this, capacity);
  }

  dispose(): void {
    this.thread.close();
  }
}

/**
 * Starts the thread and opens the model on `provider`. Off the audio path: this takes up to seconds.
 * Rejects with MODEL_ONNX without onnxruntime-node, MODEL_ONNX_PROVIDER where the provider cannot be used, and
 * MODEL_UNSUPPORTED or MODEL_TENSOR_MISSING for a bundle that cannot be stepped.
 */
export async function createOnnxStepper(bundle: Bundle, provider: OnnxProvider = 'cpu'): Promise<Stepper> {
  return new OnnxStepper(bundle, await RuntimeThread.open(bundle, provider), provider);
}
