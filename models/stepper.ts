import type { ConditioningInput, Quantiser } from './bundle/types.js';
import type { SnapshotLayout } from './state/snapshot-layout.js';

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
  /**
   * Of two models that sound as one (`Pair`): the weight of the second; the first has 1 - blend. Of a mixture 0 to 1, of a product any.
   * 0 when left out. One model alone has no use for it.
   */
  readonly blend?: number;
}

/**
 * The conditioning of one block: an entry per input of the stepper, in its order. An entry is row-major (frames, dim):
 * row 0 is the conditioning frame that contains the block's first sample, number floor(voice.frame / hop) with
 * hop = sampleRate / rateHz, and there is a row for every frame up to the one that contains the block's last sample;
 * what is beyond is not looked at. Values are finite. `undefined` drops the input: its learned stand-in is added.
 * An absent `Conditioning` drops all inputs. Tier k, which runs at the last sample of its window, takes the frame of
 * that sample. Borrowed for the call.
 */
export type Conditioning = readonly (Float32Array | undefined)[];

export type StepperKind = 'reference' | 'native' | 'wasm' | 'onnx' | 'cuda';

export interface Stepper {
  readonly kind: StepperKind;
  /** What decides the samples beside seed and bundle: for example `js-f64`, `x86-64-v3`, `wasm-simd128`. */
  readonly instructionSet: string;
  /** Hz, of the model. */
  readonly sampleRate: number;
  /** Size of the token alphabet: the row length of logits. */
  readonly levels: number;
  /** What tokens mean, and which one a stream begins with. Not to be changed. */
  readonly quantiser: Quantiser;
  /** What steers the model, in the order of `Conditioning`; empty for an unconditional one. Not to be changed. */
  readonly conditioning: readonly ConditioningInput[];
  /** A fresh stream in its initial state. Allocates; call off the audio path. */
  createVoice(seed: number): Voice;
  /** Room for `capacity` voices that step together, all of them stopped. Allocates; call off the audio path. */
  createGroup(capacity: number): VoiceGroup;
  /** Frees what the garbage collector does not see. Voices must not be used afterwards. */
  dispose(): void;
}

/** One stream of one model. None of its methods allocates, except where said. */
export interface Voice {
  /** Frames stepped since creation or reset: every block adds its `numFrames`. Its value keys the draw of a frame. */
  readonly frame: number;
  /**
   * How far drawn tokens surprised the distributions that they were drawn from, since creation: the sum of -log2 of their
   * probabilities, each rounded to 1/256 bit, in 1/256 bit. So it is an integer, whatever the block size. Greedy draws add
   * nothing. NaN where the stepper does not know. A tally, not state: no reset, snapshot or restore touches it.
   */
  readonly surprise: number;
  /** Draws since creation from logits that were not all finite; 0 where the stepper does not know. A tally, too. */
  readonly faultyDraws: number;
  /** Initial state, start token, frame 0; randomness keyed by `seed` (uint32) and the frame index. */
  reset(seed: number): void;
  /**
   * Runs `numFrames` steps, drawing a token at each and feeding it back.
   * `out[0..numFrames)` receives amplitude in [-1, 1]; `ids`, when given, the tokens.
   * stepBlock(a) then stepBlock(b) equals stepBlock(a + b) bit for bit.
   */
  stepBlock(
    out: Float32Array,
    numFrames: number,
    sampling: Sampling,
    ids?: Uint8Array,
    conditioning?: Conditioning,
  ): void;
  /**
   * Teacher forcing: consumes `ids[0..numFrames)` instead of drawing.
   * Row t of `logits` (numFrames, levels), when given, is the prediction after consuming `ids[t]`,
   * so the official `input_ids` give the official `logits_step`.
   * `ids[0]` takes the place of the token that was due to be consumed next (the start token of a fresh voice).
   * A stepBlock that follows draws its first token from the prediction after the last forced token,
   * which it does not consume a second time.
   */
  forceBlock(ids: Uint8Array, numFrames: number, logits?: Float32Array, conditioning?: Conditioning): void;
  /** Bytes of one snapshot. */
  readonly snapshotBytes: number;
  /** Writes the whole state, `snapshotBytes` long. */
  snapshot(into: Uint8Array): void;
  /**
   * Restores what `snapshot` of a voice of the same bundle and stepper kind wrote. With `frame` the voice goes on from
   * there as frame `frame`, so with other draws and the conditioning of that time; it must be congruent to the snapshot's
   * own modulo the model's total pool, or MODEL_SNAPSHOT is thrown and nothing changed.
   */
  restore(from: Uint8Array, frame?: number): void;
  /**
   * All tiers have just run and nothing is gathered between them: only here may memories of tiers be exchanged between
   * snapshots, and all that are were made here. So it is in the initial state, and again after a fixed number of frames.
   */
  readonly isAligned: boolean;
  /** What a snapshot has where. Allocates; call off the audio path. */
  snapshotLayout(): SnapshotLayout;
}

/**
 * Several streams of one stepper that step together: weights are shared, and a stepper that can reads them once for all.
 * A voice's samples do not depend on the others: they are those of a `Voice` of the same seed, bit for bit. None of
 * the methods allocates. Throws MODEL_ARGUMENT for a slot that is not an integer in [0, capacity).
 */
export interface VoiceGroup {
  readonly capacity: number;
  /** Starts (or restarts) the voice of a slot at frame 0 with its seed. */
  start(slot: number, seed: number): void;
  /** The voice of a slot steps no more, until `start` or `restore`. */
  stop(slot: number): void;
  isActive(slot: number): boolean;
  /** Frames stepped since `start`; of a stopped voice, where it stopped. */
  frame(slot: number): number;
  /**
   * Steps all active voices by `numFrames`: `outs[slot]` (numFrames) receives amplitude, drawn as `samplings[slot]`
   * says and steered by `conditionings[slot]`. Of stopped slots none is looked at. Throws MODEL_ARGUMENT, and steps none,
   * when an array is too short.
   */
  stepBlock(
    outs: readonly Float32Array[],
    numFrames: number,
    samplings: readonly Sampling[],
    conditionings?: readonly (Conditioning | undefined)[],
  ): void;
  /** Bytes of one snapshot, that of one voice. */
  readonly snapshotBytes: number;
  snapshot(slot: number, into: Uint8Array): void;
  /** The voice of a slot goes on from there, started or not. Throws MODEL_SNAPSHOT, and changes nothing, for what is none. */
  restore(slot: number, from: Uint8Array): void;
}

/**
 * How the predictions of several members become one. `mixture`: the weighted mean of their probabilities, weights of
 * at least 0, divided by their sum. `product`: the weighted sum of their logits, weights of any sign, so that the weights
 * 1 - w and w are guidance.
 */
export type Mixing = 'mixture' | 'product';

/**
 * K members whose logits meet before one sampler; all consume the same token. Its logits are the mixed ones. Members that
 * take conditioning all take the same inputs, which are the composite's. Guidance is twice the same stepper, one of them
 * dropped, with the weights 1 - w and w.
 */
export interface Composite extends Voice {
  readonly numMembers: number;
  /** (K), from the next frame on. They are control, not state: no snapshot has them. Throws MODEL_ARGUMENT. */
  setWeights(weights: readonly number[]): void;
  /** Of two members: the weights 1 - blend and blend, from the next frame on. Of a mixture, `blend` is limited to 0 to 1. Allocates nothing. */
  setBlend(blend: number): void;
  /** (K), from the next frame on: members for which all conditioning is dropped. Control, not state. Throws MODEL_ARGUMENT. */
  setDropped(isDropped: readonly boolean[]): void;
}

/** How two models sound as one. */
export interface Pair {
  readonly mixing: Mixing;
  /** The first goes without conditioning. Guidance is a product of twice the same model, of which the first does. */
  readonly isFirstDropped: boolean;
}

/** Classifier-free guidance: a model with its inputs, against itself without; `Sampling.blend` says how closely inputs are followed. */
export const GUIDANCE: Pair = { mixing: 'product', isFirstDropped: true };
