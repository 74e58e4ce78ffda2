/**
 * Errors of the model layer. Every code lives in one catalogue, so that docs/errors.md can be held against it.
 * Messages say what was expected and what was received; remedies say what to do next.
 */

export interface ModelErrorEntry {
  /** One sentence: what the code means. */
  readonly summary: string;
  /** One sentence: what to do about it, when the thrower has nothing more precise. */
  readonly remedy: string;
}

export const modelErrors = {
  MODEL_FILE: {
    summary: 'A model file or folder could not be read.',
    remedy: 'Check that the path exists and that you may read it.',
  },
  MODEL_WRITE: {
    summary: 'A bundle could not be written; nothing was left behind.',
    remedy: 'Choose a folder that you may write to, on a disk with room.',
  },
  MODEL_OUT_EXISTS: {
    summary: 'The output folder exists already.',
    remedy: 'Choose another --out folder, or remove the old one first.',
  },
  MODEL_MANIFEST: {
    summary: 'The manifest model.json is not valid.',
    remedy: 'Correct the field at the given JSON path; docs/bundle-format.md lists them all.',
  },
  MODEL_VERSION: {
    summary: 'The bundle has a format version that this program does not read.',
    remedy: 'Update sashimi-live, or write the bundle again with this version.',
  },
  MODEL_WEIGHTS_SIZE: {
    summary: 'The weights file has not the size that the manifest states.',
    remedy: 'The file was cut short or replaced: copy or import the bundle again.',
  },
  MODEL_WEIGHTS_HASH: {
    summary: 'The weights file has not the SHA-256 that the manifest states.',
    remedy: 'The file was changed or damaged: copy or import the bundle again.',
  },
  MODEL_SAFETENSORS: {
    summary: 'A safetensors file is malformed.',
    remedy: 'The file is damaged or is no safetensors file: download or export it again.',
  },
  MODEL_TENSOR_MISSING: {
    summary: 'A tensor that the architecture needs is not there.',
    remedy: 'The weights do not belong to this architecture: export or import the model again.',
  },
  MODEL_TENSOR_SHAPE: {
    summary: 'A tensor has another shape or type than the architecture needs.',
    remedy: 'The weights do not belong to this architecture: export or import the model again.',
  },
  MODEL_TENSOR_VALUE: {
    summary: 'A tensor holds a value that is not finite, or a code or scale outside its range.',
    remedy: 'The training diverged or the file is damaged: use an earlier checkpoint.',
  },
  MODEL_UNSUPPORTED: {
    summary: 'The model is valid, but this stepper or importer cannot run it.',
    remedy: 'Use another stepper, or a model without the named feature.',
  },
  MODEL_SNAPSHOT: {
    summary: 'A snapshot does not belong to this voice.',
    remedy: 'Restore only what a voice of the same bundle and stepper kind has written.',
  },
  MODEL_ZIP: {
    summary: 'A zip archive is malformed, or uses a feature that checkpoints never need.',
    remedy: 'The file was cut short or is no PyTorch checkpoint: download it again.',
  },
  MODEL_PICKLE: {
    summary: 'The pickle inside a checkpoint is malformed.',
    remedy: 'The file is damaged: download it again, or save the state dict as safetensors.',
  },
  MODEL_PICKLE_CALL: {
    summary: 'The pickle inside a checkpoint asks for code that no state dict needs. Nothing was run.',
    remedy:
      'Do not trust this file. From a source that you trust, save only the state dict, or use safetensors.',
  },
  MODEL_PICKLE_LIMIT: {
    summary: 'The pickle inside a checkpoint is larger or deeper than any model needs.',
    remedy: 'Do not trust this file; save only the state dict, or use safetensors.',
  },
  MODEL_TORCH: {
    summary: 'A PyTorch checkpoint is malformed or of a kind that cannot be read.',
    remedy: 'Save the state dict again with torch.save (PyTorch 1.6 or later), or as safetensors.',
  },
  MODEL_DIALECT: {
    summary: 'The checkpoint is of no dialect that the importer knows.',
    remedy: 'Pass the state dict of a SaShiMi model; docs/checkpoints.md names the dialects.',
  },
  MODEL_CHECKPOINT_KEYS: {
    summary: 'The checkpoint lacks a parameter that its dialect needs.',
    remedy: 'Save the whole state dict, with embedding (encoder) and output (decoder).',
  },
  MODEL_CHECKPOINT_CONFIG: {
    summary: 'The checkpoint and its configuration contradict each other, or a needed value is in neither.',
    remedy: 'Pass the configuration that the model was trained with as --config, with the named value in it.',
  },
  MODEL_DISCRETISE: {
    summary: 'The trained parameters give no usable step coefficients.',
    remedy: 'The model is unstable or its kernel length is wrong: use another checkpoint.',
  },
  MODEL_MIDI: {
    summary: 'A MIDI file could not be read.',
    remedy: 'Pass a Standard MIDI File of format 0 or 1 (.mid); save it again from the program that made it.',
  },
  MODEL_GOLDEN: {
    summary: 'A golden folder lacks what the comparison needs, or holds another model.',
    remedy: 'Pass a folder with io.safetensors holding input_ids and logits_step of this model.',
  },
  MODEL_NATIVE: {
    summary: 'The native stepper was asked for and cannot be loaded.',
    remedy: 'Run npm run build with a C++ compiler installed, or use --stepper reference.',
  },
  MODEL_CUDA: {
    summary: 'The cuda stepper was asked for and there is no GPU that runs it, or the GPU failed.',
    remedy: 'Install the driver of an NVIDIA GPU of compute capability 7.0 or later, or use --stepper auto.',
  },
  MODEL_ONNX: {
    summary: 'The onnx stepper was asked for, and ONNX Runtime is not there or failed.',
    remedy:
      'Run npm install onnxruntime-node (an optional package of 290 MB), or use --stepper auto, which needs none of it.',
  },
  MODEL_ONNX_PROVIDER: {
    summary: 'The provider that was asked for cannot be used with ONNX Runtime on this machine.',
    remedy:
      'Use --provider cpu, or install what the provider needs: a GPU driver with Vulkan for webgpu, npm run gpu:install for cuda.',
  },
  MODEL_STREAM: {
    summary: "A model's thread ended while it played; its node is silent from then on.",
    remedy: 'Load the preset again. If it comes back, use another --stepper and report it.',
  },
  MODEL_ARGUMENT: {
    summary: 'A call into the model layer had an argument out of its range.',
    remedy: 'Pass a value in the stated range.',
  },
} as const satisfies Readonly<Record<string, ModelErrorEntry>>;

export type ModelErrorCode = keyof typeof modelErrors;

export interface ModelErrorOptions {
  /** Replaces the catalogue's remedy where the thrower knows better. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** The only error that the model layer throws on purpose. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly code: ModelErrorCode;
  readonly remedy: string;

  constructor(code: ModelErrorCode, message: string, options: ModelErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy ?? modelErrors[code].remedy;
  }
}
