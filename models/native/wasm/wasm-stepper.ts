import type { Bundle, ConditioningInput, Quantiser } from '../../bundle/types.js';
import { ModelError } from '../../errors.js';
import { decodeTable } from '../../sampling/quantiser.js';
import type { SnapshotLayout } from '../../state/snapshot-layout.js';
import type { Conditioning, Sampling, Stepper, Voice, VoiceGroup } from '../../stepper.js';
import { SeparateVoices } from '../../voices/separate-voices.js';
import { checkLength } from '../check-length.js';
import { coreLayout } from '../core-layout.js';
import { configWords, type PackedModel, packModel } from '../pack.js';
import { WasmConditioning } from './wasm-conditioning.js';
import { instantiateWasm, type WasmExports } from './wasm-module.js';

/** Frames that cross between JavaScript and the module's memory at once. */
const CHUNK_FRAMES = 64;
const RANGE_BYTES = 16;

/**
 * The C++ core as WebAssembly: no compiler needed, and the same samples on every machine, because
 * no operation of SIMD128 leaves the machine a choice and exp and erf are the core's own.
 * Rejects with MODEL_UNSUPPORTED, MODEL_TENSOR_MISSING, MODEL_TENSOR_SHAPE, or MODEL_FILE without the module.
 */
export async function createWasmStepper(bundle: Bundle): Promise<Stepper> {
  const words = configWords(bundle);
  const packed = packModel(bundle);
  return new WasmStepper(bundle, await instantiateWasm(), words, packed);
}

/** Frees the memory of collected voices inside the module. */
const collected = new FinalizationRegistry<{ wasm: WasmExports; pointers: readonly number[]; voice: number }>(
  ({ wasm, pointers, voice }) => {
    wasm.voice_destroy(voice);
    for (const pointer of pointers) wasm.release(pointer);
  },
);

class WasmStepper implements Stepper {
  readonly kind = 'wasm';
  readonly instructionSet = 'wasm-simd128';
  readonly sampleRate: number;
  readonly levels: number;
  readonly quantiser: Quantiser;
  readonly conditioning: readonly ConditioningInput[];
  private readonly wasm: WasmExports;

  constructor({ manifest }: Bundle, wasm: WasmExports, words: Int32Array, packed: PackedModel) {
    this.wasm = wasm;
    this.sampleRate = manifest.sampleRate;
    this.levels = manifest.quantiser.levels;
    this.conditioning = manifest.conditioning;
    this.quantiser = manifest.quantiser;
    const wordsAt = place(wasm, words);
    const { values, kinds, scales } = packed;
    const valuesAt = place(wasm, values);
    const kindsAt = place(wasm, kinds);
    const scalesAt = place(wasm, scales);
    const decodeAt = place(wasm, decodeTable(manifest.quantiser));
    const fault = wasm.load(
      wordsAt,
      words.length,
      valuesAt,
      values.length,
      kindsAt,
      kinds.length,
      scalesAt,
      scales.length,
      decodeAt,
    );
    if (fault !== 0)
      throw new ModelError('MODEL_UNSUPPORTED', `The wasm stepper refused the model: ${text(wasm, fault)}.`);
    for (const pointer of [scalesAt, kindsAt, valuesAt, wordsAt]) wasm.release(pointer);
  }

  createVoice(seed: number): Voice {
    return new WasmVoice(this.wasm, this, seed);
  }

  createGroup(capacity: number): VoiceGroup {
    return new SeparateVoices(this, capacity);
  }

  /** The module's memory goes with the last reference to it. */
  dispose(): void {}
}

class WasmVoice implements Voice {
  readonly snapshotBytes: number;
  private readonly wasm: WasmExports;
  private readonly levels: number;
  private readonly voice: number;
  private readonly outAt: number;
  private readonly idsAt: number;
  private readonly logitsAt: number;
  private readonly snapshotAt: number;
  private readonly conditioning: WasmConditioning;
  /** Views of the whole memory: made anew when another voice has made it grow. */
  private floats!: Float32Array;
  private words!: Uint32Array;
  private bytes!: Uint8Array;

  constructor(wasm: WasmExports, stepper: Stepper, seed: number) {
    const { levels } = stepper;
    this.wasm = wasm;
    this.levels = levels;
    this.voice = claim(wasm.voice_create(seed >>> 0));
    this.snapshotBytes = wasm.voice_snapshot_bytes(this.voice);
    this.outAt = claim(wasm.allocate(CHUNK_FRAMES * 4));
    this.idsAt = claim(wasm.allocate(CHUNK_FRAMES));
    this.logitsAt = claim(wasm.allocate(CHUNK_FRAMES * levels * 4));
    this.snapshotAt = claim(wasm.allocate(this.snapshotBytes));
    this.conditioning = new WasmConditioning(stepper, CHUNK_FRAMES, (bytes) => claim(wasm.allocate(bytes)));
    const pointers = [this.outAt, this.idsAt, this.logitsAt, this.snapshotAt, ...this.conditioning.pointers];
    collected.register(this, { wasm, pointers, voice: this.voice });
    this.look();
  }

  get frame(): number {
    return this.wasm.voice_frame(this.voice);
  }

  get surprise(): number {
    return this.wasm.voice_surprise(this.voice);
  }

  get faultyDraws(): number {
    return this.wasm.voice_faulty_draws(this.voice);
  }

  reset(seed: number): void {
    this.wasm.voice_reset(this.voice, seed >>> 0);
  }

  stepBlock(
    out: Float32Array,
    numFrames: number,
    sampling: Sampling,
    ids?: Uint8Array,
    conditioning?: Conditioning,
  ): void {
    const { frame } = this;
    checkLength('out', out.length, numFrames);
    if (ids) checkLength('ids', ids.length, numFrames);
    this.conditioning.check(conditioning, frame, numFrames);
    this.look();
    const { wasm, voice, outAt, idsAt, floats, words, bytes } = this;
    const { temperature, topP, topK } = sampling;
    for (let start = 0; start < numFrames; start += CHUNK_FRAMES) {
      const n = Math.min(CHUNK_FRAMES, numFrames - start);
      const steered = this.conditioning.place(conditioning, frame, start, n, words, floats);
      wasm.voice_step(voice, outAt, n, temperature, topP, topK, idsAt, steered);
      for (let t = 0; t < n; t++) out[start + t] = floats[outAt / 4 + t]!;
      if (ids) for (let t = 0; t < n; t++) ids[start + t] = bytes[idsAt + t]!;
    }
  }

  forceBlock(ids: Uint8Array, numFrames: number, logits?: Float32Array, conditioning?: Conditioning): void {
    const { wasm, voice, levels, idsAt, logitsAt, frame } = this;
    checkLength('ids', ids.length, numFrames);
    if (logits) checkLength('logits', logits.length, numFrames * levels);
    for (let t = 0; t < numFrames; t++) {
      if (ids[t]! >= levels)
        throw new ModelError('MODEL_ARGUMENT', `Expected ids below ${levels} but received ${ids[t]}.`);
    }
    this.conditioning.check(conditioning, frame, numFrames);
    this.look();
    const { floats, words, bytes } = this;
    for (let start = 0; start < numFrames; start += CHUNK_FRAMES) {
      const n = Math.min(CHUNK_FRAMES, numFrames - start);
      for (let t = 0; t < n; t++) bytes[idsAt + t] = ids[start + t]!;
      const steered = this.conditioning.place(conditioning, frame, start, n, words, floats);
      wasm.voice_force(voice, idsAt, n, logits ? logitsAt : 0, steered);
      if (!logits) continue;
      for (let i = 0; i < n * levels; i++) logits[start * levels + i] = floats[logitsAt / 4 + i]!;
    }
  }

  snapshot(into: Uint8Array): void {
    checkLength('into', into.length, this.snapshotBytes);
    this.wasm.voice_snapshot(this.voice, this.snapshotAt);
    this.look();
    for (let i = 0; i < this.snapshotBytes; i++) into[i] = this.bytes[this.snapshotAt + i]!;
  }

  restore(from: Uint8Array, frame?: number): void {
    const isFrame = frame === undefined || (Number.isSafeInteger(frame) && frame >= 0);
    if (isFrame && from.length === this.snapshotBytes) {
      this.look();
      this.bytes.set(from, this.snapshotAt);
      if (this.wasm.voice_restore(this.voice, this.snapshotAt, frame ?? -1) === 1) return;
    }
    throw new ModelError(
      'MODEL_SNAPSHOT',
      `Expected a snapshot of a wasm voice of the same bundle${frame === undefined ? '' : ` that can go on as frame ${frame}`}.`,
    );
  }

  get isAligned(): boolean {
    return this.wasm.voice_is_aligned(this.voice) === 1;
  }

  snapshotLayout(): SnapshotLayout {
    const { wasm, voice } = this;
    const count = wasm.voice_snapshot_ranges(voice, 0);
    const at = claim(wasm.allocate(count * RANGE_BYTES));
    wasm.voice_snapshot_ranges(voice, at);
    this.look();
    const layout = coreLayout(this.words.subarray(at / 4, (at + count * RANGE_BYTES) / 4));
    wasm.release(at);
    return layout;
  }

  /** Allocates only after the memory has grown, which only createVoice and snapshotLayout make it do. */
  private look(): void {
    const { buffer } = this.wasm.memory;
    if (this.bytes?.buffer === buffer) return;
    this.bytes = new Uint8Array(buffer);
    this.floats = new Float32Array(buffer);
    this.words = new Uint32Array(buffer);
  }
}

/** Copies `values` into the module's memory. */
function place(wasm: WasmExports, values: Int32Array | Float32Array): number {
  const at = claim(wasm.allocate(values.byteLength));
  const source = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  new Uint8Array(wasm.memory.buffer).set(source, at);
  return at;
}

function claim(pointer: number): number {
  if (pointer === 0)
    throw new ModelError('MODEL_UNSUPPORTED', 'The model does not fit into the memory of the wasm stepper.');
  return pointer;
}

/** A zero-terminated string of the module. */
function text(wasm: WasmExports, at: number): string {
  const bytes = new Uint8Array(wasm.memory.buffer, at);
  return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
}
