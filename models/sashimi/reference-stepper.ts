import { totalPool } from '../bundle/layout.js';
import type { Bundle, ConditioningInput, Quantiser } from '../bundle/types.js';
import { ModelError } from '../errors.js';
import { TokenDraw } from '../sampling/draw.js';
import { FrameRandom } from '../sampling/philox.js';
import { decodeTable } from '../sampling/quantiser.js';
import { restoredFrame, SnapshotHeader, snapshotFault } from '../snapshot-header.js';
import type { SnapshotLayout } from '../state/snapshot-layout.js';
import type { Conditioning, Sampling, Stepper, Voice, VoiceGroup } from '../stepper.js';
import { SeparateVoices } from '../voices/separate-voices.js';
import { linear } from './blocks.js';
import { ConditioningRun, ConditioningWeights } from './conditioning.js';
import { LayerNorm, type Linear } from './layers.js';
import { TierStack } from './tiers.js';

/**
 * The truth that every other engine is held against: plain TypeScript, float64 state and sums,
 * float32 logits. One frame: embed a token, step the tiers, normalise, decode, draw.
 */
export class ReferenceStepper implements Stepper {
  readonly kind = 'reference';
  readonly instructionSet = 'js-f64';
  readonly sampleRate: number;
  readonly levels: number;
  readonly quantiser: Quantiser;
  readonly conditioning: readonly ConditioningInput[];
  /** @internal What the voices share, all of it read-only. */
  readonly model: ReferenceModel;

  constructor(bundle: Bundle) {
    this.model = buildModel(bundle);
    this.sampleRate = bundle.manifest.sampleRate;
    this.levels = this.model.levels;
    this.conditioning = bundle.manifest.conditioning;
    this.quantiser = bundle.manifest.quantiser;
  }

  createVoice(seed: number): Voice {
    return new ReferenceVoice(this.model, seed);
  }

  createGroup(capacity: number): VoiceGroup {
    return new SeparateVoices(this, capacity);
  }

  /** The garbage collector sees all of it. */
  dispose(): void {}
}

/** Throws MODEL_UNSUPPORTED for a bundle that this stepper cannot run. */
export function createReferenceStepper(bundle: Bundle): Stepper {
  return new ReferenceStepper(bundle);
}

interface ReferenceModel {
  readonly dModel: number;
  readonly levels: number;
  readonly startToken: number;
  /** (levels, dModel). */
  readonly embedding: Float32Array;
  readonly tiers: TierStack;
  readonly conditioning: ConditioningWeights;
  /** Frames after which all tiers have run. */
  readonly period: number;
  readonly norm: LayerNorm;
  readonly decoder: Linear;
  /** Amplitude by token. */
  readonly amplitudes: Float32Array;
  /** First 48 bits of the weights' hash: marks snapshots. */
  readonly fingerprint: number;
}

function buildModel({ manifest, tensors }: Bundle): ReferenceModel {
  const { architecture, quantiser } = manifest;
  if (architecture.bidirectional) unsupported('a bidirectional model, which has no recurrent form');
  const tensor = (name: string) => {
    const found = tensors.get(name);
    if (found === undefined)
      throw new ModelError('MODEL_TENSOR_MISSING', `Expected tensor ${name} in the bundle.`);
    return found;
  };
  return {
    dModel: architecture.dModel,
    levels: quantiser.levels,
    startToken: quantiser.startToken,
    embedding: tensor('embedding.weight').data,
    tiers: new TierStack(architecture, tensor),
    conditioning: new ConditioningWeights(manifest, tensor),
    period: totalPool(architecture),
    norm: new LayerNorm(tensor('norm.weight'), tensor('norm.bias')),
    decoder: linear('decoder', tensor),
    amplitudes: decodeTable(quantiser),
    fingerprint: Number.parseInt(manifest.weights.sha256.slice(0, 12), 16),
  };
}

function unsupported(what: string): never {
  throw new ModelError('MODEL_UNSUPPORTED', `The reference stepper cannot run ${what}.`);
}

/** Values in front of the tier state: fingerprint, seed, frame, token, isForced. */
const HEADER_LENGTH = 5;

class ReferenceVoice implements Voice {
  readonly snapshotBytes: number;
  private readonly model: ReferenceModel;
  /** Everything that a snapshot holds: header, features (dModel), tier state. */
  private readonly state: Float64Array;
  private readonly stateBytes: Uint8Array;
  /** Of a snapshot that is looked at. */
  private readonly header = new SnapshotHeader();
  /** Normalised output of the last step (dModel), a view of `state`. The decoder turns it into logits. */
  private readonly features: Float64Array;
  private readonly conditioning: ConditioningRun;
  private readonly run: ReturnType<TierStack['createRun']>;
  private readonly stream: Float64Array;
  private readonly logits64: Float64Array;
  private readonly logits: Float32Array;
  private readonly random: FrameRandom;
  private readonly tokenDraw: TokenDraw;
  private seed = 0;
  private frameIndex = 0;
  /** The token to consume next. */
  private token = 0;
  /** The last step was forced: its prediction has not been drawn from, and no token is due. */
  private isForced = false;

  constructor(model: ReferenceModel, seed: number) {
    this.model = model;
    this.state = new Float64Array(HEADER_LENGTH + model.dModel + model.tiers.stateLength);
    this.stateBytes = new Uint8Array(this.state.buffer);
    this.snapshotBytes = this.stateBytes.byteLength;
    this.features = this.state.subarray(HEADER_LENGTH, HEADER_LENGTH + model.dModel);
    this.conditioning = new ConditioningRun(model.conditioning);
    this.run = model.tiers.createRun(this.state.subarray(HEADER_LENGTH + model.dModel), this.conditioning);
    this.stream = new Float64Array(model.dModel);
    this.logits64 = new Float64Array(model.levels);
    this.logits = new Float32Array(model.levels);
    this.random = new FrameRandom(seed);
    this.tokenDraw = new TokenDraw(model.levels);
    this.reset(seed);
  }

  get frame(): number {
    return this.frameIndex;
  }

  get surprise(): number {
    return this.tokenDraw.surprise;
  }

  get faultyDraws(): number {
    return this.tokenDraw.faultyDraws;
  }

  reset(seed: number): void {
    this.state.fill(0);
    this.seed = seed >>> 0;
    this.random.reseed(this.seed);
    this.frameIndex = 0;
    this.token = this.model.startToken;
    this.isForced = false;
  }

  stepBlock(
    out: Float32Array,
    numFrames: number,
    sampling: Sampling,
    ids?: Uint8Array,
    conditioning?: Conditioning,
  ): void {
    checkLength('out', out.length, numFrames);
    if (ids) checkLength('ids', ids.length, numFrames);
    this.conditioning.begin(conditioning, this.frameIndex, numFrames);
    const { amplitudes } = this.model;
    for (let t = 0; t < numFrames; t++) {
      if (!this.isForced) this.consume(this.token, t);
      this.predict();
      const u = this.random.uniform(this.frameIndex);
      const token = this.tokenDraw.draw(this.logits, sampling, u);
      out[t] = amplitudes[token]!;
      if (ids) ids[t] = token;
      this.token = token;
      this.isForced = false;
      this.frameIndex++;
    }
  }

  forceBlock(ids: Uint8Array, numFrames: number, logits?: Float32Array, conditioning?: Conditioning): void {
    const { levels } = this.model;
    checkLength('ids', ids.length, numFrames);
    if (logits) checkLength('logits', logits.length, numFrames * levels);
    this.conditioning.begin(conditioning, this.frameIndex, numFrames);
    for (let t = 0; t < numFrames; t++) {
      this.consume(ids[t]!, t);
      this.isForced = true;
      this.frameIndex++;
      if (!logits) continue;
      this.predict();
      for (let id = 0; id < levels; id++) logits[t * levels + id] = this.logits[id]!;
    }
  }

  snapshot(into: Uint8Array): void {
    checkLength('into', into.length, this.snapshotBytes);
    const { state } = this;
    state[0] = this.model.fingerprint;
    state[1] = this.seed;
    state[2] = this.frameIndex;
    state[3] = this.token;
    state[4] = this.isForced ? 1 : 0;
    into.set(this.stateBytes);
  }

  restore(from: Uint8Array, frame?: number): void {
    if (from.length !== this.snapshotBytes) snapshotFault(`${this.snapshotBytes} bytes`, `${from.length}`);
    this.header.read(from);
    if (this.header.values[0] !== this.model.fingerprint)
      snapshotFault('a voice of this bundle', 'one of another');
    this.header.check(this.model.levels);
    const frameIndex = restoredFrame(this.header.values[2]!, frame, this.model.period);
    this.stateBytes.set(from);
    this.seed = this.state[1]!;
    this.random.reseed(this.seed);
    this.frameIndex = frameIndex;
    this.token = this.state[3]!;
    this.isForced = this.state[4] === 1;
  }

  get isAligned(): boolean {
    return this.run.isAligned();
  }

  snapshotLayout(): SnapshotLayout {
    const { tiers, dModel } = this.model;
    const bytes = Float64Array.BYTES_PER_ELEMENT;
    const offset = 3 * bytes;
    const head = {
      tier: 0,
      offset,
      length: (HEADER_LENGTH + dModel) * bytes - offset,
      kind: 'bytes',
    } as const;
    return {
      numTiers: tiers.numTiers,
      ranges: [head, ...tiers.ranges((HEADER_LENGTH + dModel) * bytes)],
      seed: { offset: bytes, type: 'float64' },
    };
  }

  /** One step of the model, at sample `t` of the block: `features` becomes the normalised output after `token`. */
  private consume(token: number, t: number): void {
    const { model, stream } = this;
    const { embedding, dModel } = model;
    const row = token * dModel;
    for (let i = 0; i < dModel; i++) stream[i] = embedding[row + i]!;
    this.conditioning.seek(t);
    this.run.step(stream);
    model.norm.apply(stream, this.features);
  }

  /** `logits` from `features`. */
  private predict(): void {
    this.model.decoder.apply(this.features, this.logits64);
    this.logits.set(this.logits64);
  }
}

function checkLength(name: string, length: number, needed: number): void {
  if (length < needed) {
    throw new ModelError(
      'MODEL_ARGUMENT',
      `Expected at least ${needed} values in ${name} but received ${length}.`,
    );
  }
}
