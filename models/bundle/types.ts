/** The bundle in memory; docs/bundle-format.md is the definition, `manifest.ts` checks it. */

export type SsmKind = 's4d' | 's4';

export interface SashimiArchitecture {
  /** Autoregressive, or the backbone of a diffusion model, which predicts noise and takes amplitude, not tokens. */
  readonly family: 'sashimi' | 'diffwave-sashimi';
  /** Width of tier 0. Tier k is `dModel * expand ** k` wide. */
  readonly dModel: number;
  /** (S4 block, FF block) pairs per tier. */
  readonly numLayers: number;
  /** `pool[k]` frames of tier k make one of tier k + 1. */
  readonly pool: readonly number[];
  readonly expand: number;
  readonly ff: number;
  readonly unet: boolean;
  readonly bidirectional: boolean;
  readonly norm: 'layer' | 'scalar';
  readonly outputActivation: 'glu' | 'none';
  readonly ssm: {
    readonly kind: SsmKind;
    /** N: stored half of the conjugate pairs. */
    readonly conjugatePairs: number;
    /** SSMs (A, B, P) that the channels of a layer share: channel h has number h mod numSsm. At least the width: none shared. */
    readonly numSsm: number;
    readonly dtTransform: 'exp' | 'softplus' | 'none';
    readonly realTransform: 'exp' | 'softplus' | 'none';
    readonly discretisation: 'zoh' | 'bilinear';
    /** Slots of the tensors `ssm.modes`, where a layer has them and they are not N: real modes need slots of their own. */
    readonly modeSlots?: number;
  };
}

export interface Quantiser {
  readonly kind: 'mu-law' | 'linear';
  readonly levels: number;
  readonly startToken: number;
}

/**
 * What a conditioning input means, and so who can feed it (docs/conditioning.md). `note-roll` and `note-partials` come
 * from one state of keys and pedal, `word-steps` and `word-source` from words, `speech` and
 * `speech-source` from what is said and how high; without a kind it is a row
 * of plain numbers.
 */
export type ConditioningKind =
  | 'note-roll'
  | 'note-partials'
  | 'class-weights'
  | 'word-steps'
  | 'word-source'
  | 'speech'
  | 'speech-source';

/** A named input that steers the model: `rateHz` frames of `dim` numbers per second, projected and added at every tier. */
export interface ConditioningInput {
  readonly name: string;
  readonly dim: number;
  /** Divides the model's sample rate: frame k belongs to the samples from k * sampleRate / rateHz on. */
  readonly rateHz: number;
  readonly kind?: ConditioningKind;
  /** What can be asked for by name, in the order of the numbers: classes, words, phones. */
  readonly labels?: readonly string[];
}

/** Where a model counts as running away; without them it has defaults. Levels and surprise are means over about 64 ms. */
export interface WatchdogLimits {
  /** RMS, dB below full scale (0 is a square wave at full scale). */
  readonly maxLevelDb?: number;
  /** Mean of -log2 of the probabilities of the tokens drawn: log2 of the levels is white noise. */
  readonly maxBitsPerSample?: number;
  /** Below it a sound that is heard counts as stuck; 0 where one may repeat exactly for ever. */
  readonly minBitsPerSample?: number;
}

export interface BundleManifest {
  readonly format: 'sashimi-live/bundle';
  readonly formatVersion: 1;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly architecture: SashimiArchitecture;
  /** Hz. */
  readonly sampleRate: number;
  readonly quantiser: Quantiser;
  /** In the order in which steppers take them. */
  readonly conditioning: readonly ConditioningInput[];
  /** The values that suit the model. guidance: of its inputs, 1 when left out. */
  readonly sampling: {
    readonly temperature: number;
    readonly topP: number;
    readonly topK: number;
    readonly guidance?: number;
  };
  /** Coefficient of the pre-emphasis that the sound was given in training, 0 (none) to 0.97; `DeEmphasis` undoes it. */
  readonly emphasis?: number;
  readonly watchdog?: WatchdogLimits;
  readonly weights: {
    readonly file: string;
    readonly bytes: number;
    readonly sha256: string;
    /** The narrowest format of any matrix; absent when all are f32. */
    readonly format?: Exclude<WeightFormat, 'f32'>;
  };
  readonly licence: string;
  readonly provenance: Readonly<Record<string, string | number | boolean>>;
}

/** How the matrices of a model are kept; all else is float32. */
export type WeightFormat = 'f32' | 'bf16' | 'int8' | 'int4';

/** What the values of a quantised matrix (out, in) stand for. */
export interface Quantised {
  readonly format: Exclude<WeightFormat, 'f32'>;
  /** Inputs that share a scale: `in` for int8, 32 for int4; 0 for bf16, which has no scales. */
  readonly groupSize: number;
  /**
   * (out, ceil(in / groupSize)), row-major; empty for bf16. Each value is `fround(code * scale)` exactly, with codes
   * -127..127 for int8 and -8..7 for int4, so that a stepper gets the codes back by dividing.
   */
  readonly scales: Float32Array;
}

/** Row-major. Owned by the bundle, read-only for everyone. */
export interface Tensor {
  readonly shape: readonly number[];
  /** Float32 values; of a quantised tensor what its codes stand for, so that nobody has to know about codes. */
  readonly data: Float32Array;
  readonly quantised?: Quantised;
}

export interface Bundle {
  readonly manifest: BundleManifest;
  readonly tensors: ReadonlyMap<string, Tensor>;
}
