import { ModelError } from '../../errors.js';
import { DRAW_BRANCHES } from '../graph/draw.js';
import { ONNX_PROVIDERS, type OnnxProvider } from '../providers.js';
import { providerRemedy } from './provider-remedy.js';
import { runtimeFolder } from './runtime-folder.js';

/** What we use of onnxruntime-node, which is optional and large: nothing of it is imported until the stepper is asked for. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<OnnxSession>;
  };
  readonly Tensor: new (
    type: 'float32' | 'float64' | 'int64',
    data: Float32Array | Float64Array | BigInt64Array,
    dims: readonly number[],
  ) => OnnxTensor;
  readonly env: { readonly versions: { readonly node?: string } };
  listSupportedBackends(): readonly { readonly name: string }[];
}

export interface OnnxTensor {
  readonly data: Float32Array | Float64Array | BigInt64Array;
}

export type OnnxTensors = Readonly<Record<string, OnnxTensor>>;

export interface OnnxSession {
  /** `fetches` names the outputs that are wanted; a tensor there is written in place. */
  run(feeds: OnnxTensors, fetches: Readonly<Record<string, OnnxTensor | null>>): Promise<OnnxTensors>;
}

/** What a branch on the device gives would come back from there: two more waits a frame. */
const WEBGPU = { name: 'webgpu', forceCpuNodeNames: DRAW_BRANCHES };

/** Warnings about where nodes were placed are no use to a player. */
const LOG_ERRORS_ONLY = 3;

/** Rejects with MODEL_ONNX when the package is not installed or does not load. */
export async function loadOnnxRuntime(packageName = 'onnxruntime-node'): Promise<OnnxRuntime> {
  try {
    const module = (await import(packageName)) as { readonly default?: OnnxRuntime } & OnnxRuntime;
    return module.default ?? module;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new ModelError('MODEL_ONNX', `ONNX Runtime cannot be used: ${reason}.`, { cause });
  }
}

/** Opens a graph on a provider. Rejects with MODEL_ONNX_PROVIDER when that cannot be used here. */
export async function openSession(
  runtime: OnnxRuntime,
  model: Uint8Array,
  provider: OnnxProvider,
): Promise<OnnxSession> {
  const here = ['cpu', ...runtime.listSupportedBackends().map(({ name }) => name)];
  if (!here.includes(provider)) {
    const names = ONNX_PROVIDERS.filter((name) => here.includes(name)).join(', ');
    throw new ModelError(
      'MODEL_ONNX_PROVIDER',
      `Expected one of the providers of this build (${names}) but received ${provider}.`,
    );
  }
  try {
    return await runtime.InferenceSession.create(model, {
      executionProviders: [provider === 'webgpu' ? WEBGPU : provider],
      // One small operation after the other: more threads only wake each other.
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      logSeverityLevel: LOG_ERRORS_ONLY,
    });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause);
    // The condition that failed, with its place in the runtime's source, comes before the sentence for people.
    const reason = message.replace(/^.* was false\. /, '');
    const remedy = providerRemedy(provider, runtimeFolder());
    throw new ModelError('MODEL_ONNX_PROVIDER', `The provider ${provider} cannot be used here: ${reason}`, {
      cause,
      ...(remedy === undefined ? {} : { remedy }),
    });
  }
}
