/**
 * The one interface of every recurrent engine (reference, native, wasm, onnx, cuda).
 *
 * Weights are read-only and shared by all voices of a stepper; a voice owns one stream's state.
 * Nothing here knows threads: whoever calls a voice owns it, one caller at a time.
 */

/** How a token is drawn from the logits. Order of the official code: the nucleus is cut at temperature 1, then the rest is sharpened. */
export interface Sampling {
  /** Divides the logits before the draw, 0 to 4. 0 is greedy: the largest logit, the lowest id on a tie. */
  readonly temperature: number;
  /** Nucleus, above 0 to 1; 1 keeps every token. The first token that crosses the bound is kept. */
  readonly topP: number;
  /** Keeps the k most probable tokens; 0 is off. Applied before `topP`. */
  readonly topK: number;
}

export type StepperKind = 'reference' | 'native' | 'wasm' | 'onnx' | 'cuda';

export interface Stepper {
  readonly kind: StepperKind;
  /** What decides the samples beside seed and bundle: for example `js-f64`, `x86-64-v3`, `wasm-simd128`. */
  readonly instructionSet: string;
  /** Hz, of the model. */
  readonly sampleRate: number;
  /** Size of the token alphabet: the row length of logits. */
  readonly levels: number;
  /** Values per conditioning frame; 0 for an unconditional model. */
  readonly condDim: number;
  /** A fresh stream in its initial state. Allocates; call off the audio path. */
  createVoice(seed: number): Voice;
  /** Frees what the garbage collector does not see. Voices must not be used afterwards. */
  dispose(): void;
}

/** One stream of one model. None of its methods allocates, except where said. */
export interface Voice {
  /** Frames stepped since creation or reset: every block adds its `numFrames`. Its value keys the draw of a frame. */
  readonly frame: number;
  /** Initial state, start token, frame 0; randomness keyed by `seed` (uint32) and the frame index. */
  reset(seed: number): void;
  /**
   * Runs `numFrames` steps, drawing a token at each and feeding it back.
   * `out[0..numFrames)` receives amplitude in [-1, 1]; `ids`, when given, the tokens.
   * stepBlock(a) then stepBlock(b) equals stepBlock(a + b) bit for bit.
   */
  stepBlock(out: Float32Array, numFrames: number, sampling: Sampling, ids?: Uint8Array): void;
  /**
   * Teacher forcing: consumes `ids[0..numFrames)` instead of drawing.
   * Row t of `logits` (numFrames, levels), when given, is the prediction after consuming `ids[t]`,
   * so the official `input_ids` give the official `logits_step`.
   * `ids[0]` takes the place of the token that was due to be consumed next (the start token of a fresh voice).
   * A stepBlock that follows draws its first token from the prediction after the last forced token,
   * which it does not consume a second time.
   */
  forceBlock(ids: Uint8Array, numFrames: number, logits?: Float32Array): void;
  /** Bytes of one snapshot. */
  readonly snapshotBytes: number;
  /** Writes the whole state, `snapshotBytes` long. */
  snapshot(into: Uint8Array): void;
  /** Restores what `snapshot` of a voice of the same bundle and stepper kind wrote. */
  restore(from: Uint8Array): void;
}
