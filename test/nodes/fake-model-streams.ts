import type {
  BundleManifest,
  ConditioningInput,
  ModelStream,
  RunawayCause,
  Sampling,
  StateCommand,
  StreamState,
  StreamStates,
} from '../../models/index.js';
import { streamNumbers } from '../../models/stream/stream-numbers.js';
import type {
  ListenRequest,
  ModelStreamRequest,
  ModelStreams,
  OpenedModelStream,
  PrimedState,
  PrimeRequest,
} from '../../nodes/index.js';

export interface FakeStreamOptions {
  readonly sampleRate?: number;
  readonly lookAheadFrames?: number;
  /** Default: inline. */
  readonly mode?: ModelStream['mode'];
  /** Sample of a frame; `seed` is that of the last reset. Default: a slow sine that starts at another phase per seed. */
  readonly sound?: (frame: number, seed: number) => number;
  /** Default: none. */
  readonly conditioning?: readonly ConditioningInput[];
}

/** One call of `setConditioning`; the frames are a copy. */
export interface Said {
  readonly input: number;
  readonly firstFrame: number;
  readonly numFrames: number;
  readonly frames: Float32Array;
  /** Position of the stream at the time. */
  readonly position: number;
}

/** Slots of nothing but a length; remembers what it was told. */
export class FakeStates implements StreamStates {
  readonly slotBytes = 8;
  readonly numTiers: number = 3;
  readonly rewindFrames = 16000;
  readonly commands: StateCommand[] = [];
  readonly slots = new Map<number, Uint8Array>();
  /** Until the next ones fit. */
  isFull = false;

  command(command: StateCommand): boolean {
    if (this.isFull) return false;
    this.commands.push({ ...command });
    if (command.kind === 'keep') this.slots.set(command.a, new Uint8Array(8).fill(this.commands.length));
    return true;
  }

  isKept(slot: number): boolean {
    return this.slots.has(slot);
  }

  copySlot(slot: number, into: Uint8Array): void {
    into.set(this.slots.get(slot)!);
  }

  fillSlot(slot: number, from: Uint8Array): boolean {
    if (from.length !== this.slotBytes) return false;
    this.slots.set(slot, from.slice());
    return true;
  }
}

/** A model that is a formula, and a ring that runs dry when told to. */
export class FakeStream implements ModelStream {
  readonly mode: ModelStream['mode'];
  readonly numbers = streamNumbers();
  readonly sampleRate: number;
  readonly lookAheadFrames: number;
  readonly samplings: Sampling[] = [];
  readonly plans: (Sampling & { readonly frame: number })[] = [];
  readonly seeds: number[] = [];
  readonly conditioning: readonly ConditioningInput[];
  readonly said: Said[] = [];
  readonly states = new FakeStates();
  isClosed = false;
  /** Frames that may still be read; Infinity when the model is never late. */
  supply = Number.POSITIVE_INFINITY;
  frame = 0;
  readonly #sound: (frame: number, seed: number) => number;

  constructor(options: FakeStreamOptions = {}) {
    this.sampleRate = options.sampleRate ?? 16000;
    this.lookAheadFrames = options.lookAheadFrames ?? 0;
    this.mode = options.mode ?? 'inline';
    this.conditioning = options.conditioning ?? [];
    this.#sound = options.sound ?? ((frame, seed) => 0.5 * Math.sin(0.05 * frame + seed));
  }

  get availableFrames(): number {
    return Math.min(this.supply, this.lookAheadFrames);
  }

  get planAheadFrames(): number {
    return this.lookAheadFrames;
  }

  get steerAfterFrames(): number {
    return this.mode === 'inline' || this.numbers.rollback === 'ready' ? 0 : this.lookAheadFrames;
  }

  get position(): number {
    return this.frame;
  }

  get state(): StreamState {
    return this.numbers;
  }

  read(out: Float32Array, numFrames: number): number {
    const count = Math.min(numFrames, this.supply);
    const seed = this.seeds.at(-1) ?? 0;
    for (let i = 0; i < count; i++) out[i] = this.#sound(this.frame++, seed);
    this.supply -= count;
    return count;
  }

  setSampling({ temperature, topP, topK }: Sampling): void {
    this.samplings.push({ temperature, topP, topK });
  }

  planSampling(frame: number, { temperature, topP, topK }: Sampling): void {
    this.plans.push({ frame, temperature, topP, topK });
  }

  setConditioning(input: number, firstFrame: number, frames: Float32Array, numFrames: number): void {
    const copy = frames.slice(0, numFrames * this.conditioning[input]!.dim);
    this.said.push({ input, firstFrame, numFrames, frames: copy, position: this.frame });
  }

  reset(seed: number): void {
    this.seeds.push(seed);
    this.frame = 0;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

/** Opens one fake stream for whoever asks, and remembers what it was asked. */
export class FakeModelStreams implements ModelStreams {
  readonly requests: ModelStreamRequest[] = [];
  readonly primes: PrimeRequest[] = [];
  readonly listens: ListenRequest[] = [];
  readonly runaways: { readonly nodeId: string; readonly cause: RunawayCause; readonly runaways: number }[] =
    [];
  readonly gaps: { readonly nodeId: string; readonly modelFrames: number }[] = [];

  constructor(readonly stream: ModelStream) {}

  async open(request: ModelStreamRequest): Promise<OpenedModelStream> {
    this.requests.push(request);
    return {
      stream: this.stream,
      manifest: {
        name: request.bundle,
        sampleRate: this.stream.sampleRate,
        weights: { sha256: '0'.repeat(64) },
      } as BundleManifest,
      stepper: { kind: 'reference', instructionSet: 'none', reason: 'a test' },
    };
  }

  prime(request: PrimeRequest): PrimedState {
    this.primes.push(request);
    return { snapshot: new Uint8Array(8).fill(this.primes.length), seconds: 1.5, faults: [] };
  }

  listen(request: ListenRequest): PrimedState {
    this.listens.push(request);
    return { snapshot: new Uint8Array(8).fill(this.listens.length), seconds: 2.5, faults: [] };
  }

  reportGap(nodeId: string, modelFrames: number): void {
    this.gaps.push({ nodeId, modelFrames });
  }

  reportRunaway(nodeId: string, cause: RunawayCause, runaways: number): void {
    this.runaways.push({ nodeId, cause, runaways });
  }
}
