/**
 * The node contract: what a node declares (descriptor), what it is given (context),
 * and what passes between nodes (blocks). Presets, OSC, docs and panels derive from it.
 */
import { defer, map, type OperatorFunction } from 'rxjs';
import type { ParamSpecs, ParamValue } from './param.js';

// ---------------------------------------------------------------- blocks

/** `channels[c][i]`, nominal range [-1, 1]; frames [0, tick.numFrames) are valid. Borrowed: valid only during `next`, read-only for consumers; copy to keep. */
export interface AudioBlock {
  readonly channels: readonly Float32Array[];
  /** Given by the runner where nothing is connected: every frame is 0 for as long as the block is handed out. A node may pass it over. */
  readonly isSilence?: true;
}

/** Row-major (numFrames, dim) conditioning frames that fall inside this tick; `numFrames` may be 0. Borrowed. */
export interface CondBlock {
  readonly data: Float32Array;
  readonly dim: number;
  readonly numFrames: number;
}

/**
 * Something that happens inside this tick. `pedal` is the sustain pedal; `all-notes-off` lets every key go and the pedal
 * up. `pulse` is one of the 24 that a MIDI clock gives to a quarter note; `start` says that the next one begins the piece,
 * `continue` that it goes on, `stop` that it waits. `bend` is the place of the pitch wheel, of all keys. Whoever reads events
 * passes over the types that mean nothing to it.
 */
export interface GraphEvent {
  /** [0, tick.numFrames) */
  frameOffset: number;
  type:
    | 'note-on'
    | 'note-off'
    | 'pedal'
    | 'all-notes-off'
    | 'bend'
    | 'trigger'
    | 'pulse'
    | 'start'
    | 'stop'
    | 'continue';
  /** MIDI key number, fractional allowed; 0 where there is none. */
  pitch: number;
  /** 0 to 1, of a note-on above 0. Of a pedal: 0 up, 1 down. Of a bend: -1 to 1, as far as its range goes. */
  velocity: number;
  /** Pairs an off with its on; 0 where there is none. */
  id: number;
}

/** Entries [0, count) are valid, sorted by `frameOffset`. Borrowed. */
export interface EventBlock {
  readonly events: readonly GraphEvent[];
  readonly count: number;
}

export interface PortKinds {
  audio: AudioBlock;
  cond: CondBlock;
  event: EventBlock;
}
export type PortKind = keyof PortKinds;

// ---------------------------------------------------------------- ports

/**
 * `channels`: a fixed count, or 'follow'. A following input takes any count; a following output
 * has as many channels as the widest following input of its node (1 when none is connected).
 * An input that is not `optional` must be connected; an unconnected optional one reads silence.
 */
export interface AudioPortSpec {
  readonly kind: 'audio';
  readonly channels: number | 'follow';
  readonly optional?: boolean;
  readonly label?: string;
}

/** `rateHz` conditioning frames per second, `dim` numbers each. An unconnected optional input has numFrames 0. */
export interface CondPortSpec {
  readonly kind: 'cond';
  readonly dim: number;
  readonly rateHz: number;
  readonly optional?: boolean;
  readonly label?: string;
}

export interface EventPortSpec {
  readonly kind: 'event';
  readonly optional?: boolean;
  readonly label?: string;
}

export type PortSpec = AudioPortSpec | CondPortSpec | EventPortSpec;
export type PortSpecs = Readonly<Record<string, PortSpec>>;
export type PortValues<P extends PortSpecs> = { readonly [K in keyof P]: PortKinds[P[K]['kind']] };

// ---------------------------------------------------------------- settings and actions

/** Fixed when the node is built, not live: a bundle's name, a file's path. No `default` means required. */
export type SettingSpec =
  | { readonly type: 'string'; readonly label: string; readonly default?: string }
  | {
      readonly type: 'number';
      readonly label: string;
      readonly min: number;
      readonly max: number;
      readonly default?: number;
    }
  | { readonly type: 'bool'; readonly label: string; readonly default?: boolean }
  | {
      readonly type: 'enum';
      readonly label: string;
      readonly options: readonly string[];
      readonly default?: string;
    };
export type SettingSpecs = Readonly<Record<string, SettingSpec>>;
export type SettingValue<S extends SettingSpec> = S extends { type: 'enum'; options: readonly (infer O)[] }
  ? O
  : S extends { type: 'bool' }
    ? boolean
    : S extends { type: 'number' }
      ? number
      : string;

/** One argument of an action. `optional` arguments come last. */
export interface ActionArgSpec {
  readonly name: string;
  readonly type: 'float' | 'int' | 'string' | 'bool';
  readonly description: string;
  readonly optional?: boolean;
}
/** A live command with typed arguments that is no param. */
export interface ActionSpec {
  readonly label: string;
  readonly description: string;
  readonly args: readonly ActionArgSpec[];
}
export type ActionSpecs = Readonly<Record<string, ActionSpec>>;
export type ActionValue = number | string | boolean;
/** Called between ticks on the audio path; anything slow belongs into the promise. A string or number result travels back with `/done`. */
export type ActionHandler = (
  args: readonly ActionValue[],
) => undefined | ActionValue | Promise<undefined | ActionValue>;

// ---------------------------------------------------------------- context

/** One tick drives every node exactly once, in compiled order. */
export interface Tick {
  readonly startFrame: number;
  readonly numFrames: number;
}

/** The same object every tick, rewritten in place. */
export interface NodeInput<I extends PortSpecs> {
  readonly tick: Tick;
  readonly in: PortValues<I>;
}

/** A typed name for something the composition root provides. */
export interface ServiceToken<T> {
  readonly name: string;
  /** Carries the type only; never present. */
  readonly type?: T;
}
export function serviceToken<T>(name: string): ServiceToken<T> {
  return { name };
}
export interface Services {
  /** Throws a coded error when the composition root provides no such service. */
  get<T>(token: ServiceToken<T>): T;
}

/** What `prepare` knows: everything that does not change while the node lives. */
export interface PrepareContext<S extends SettingSpecs = SettingSpecs> {
  readonly nodeId: string;
  readonly mode: 'live' | 'offline';
  /** Hz, of the engine. */
  readonly sampleRate: number;
  /** Upper bound of `tick.numFrames`. */
  readonly maxBlockFrames: number;
  readonly settings: { readonly [K in keyof S]: SettingValue<S[K]> };
  /** uint32, derived from the engine's seed and the node's id: stable across patches and runs. */
  readonly seed: number;
  readonly services: Services;
}

export interface NodeContext<
  P extends ParamSpecs = ParamSpecs,
  S extends SettingSpecs = SettingSpecs,
  A extends ActionSpecs = ActionSpecs,
> extends PrepareContext<S> {
  /** Channels of a connected audio input, or of a fixed one; 1 for an unconnected following one. */
  inputChannels(port: string): number;
  /** Channels of an audio output as compiled. */
  outputChannels(port: string): number;
  /** Whether something feeds this input; what is not fed reads silence. */
  isConnected(port: string): boolean;
  readonly params: {
    /** The smoothed value at the end of this tick, modulation included. */
    get<K extends keyof P & string>(name: K): ParamValue<P[K]>;
    /** The smoothed value of a float param, frame by frame, into `out[0..numFrames)`. */
    ramp(name: keyof P & string, out: Float32Array, numFrames: number): void;
    /**
     * The value that a float param will have at engine frame `frame`, if nobody sets anything until then. Before the end
     * of this tick it is what modulation was there; where something has changed since, it is the first value from then
     * on, so never one that never was. NaN when it hangs on a modulation that is not foreseen.
     */
    ahead(name: keyof P & string, frame: number): number;
    /** Whether a param stays as it is until somebody sets it: no ramp is under way and nothing modulates it. */
    isSteady(name: keyof P & string): boolean;
  };
  /**
   * Declares, in `create`, that a conditioning output of dim 1 can be known ahead. `valueAt(index)` is the conditioning
   * frame `index` (see `condFrameAt`) exactly as it will be if nobody sets anything until then; NaN for the moment where
   * that is not so. For an `index` before the last of this tick it is as it was or, where that was before something
   * changed, as it was or will be first since then. Called on the audio path after this node's tick;
   * changes nothing. Whoever reads ahead asks again each tick, so nothing needs to be taken back.
   */
  foresee(port: string, valueAt: (index: number) => number): void;
  /**
   * The same for a conditioning output of any dim: `rowAt(index, out)` writes conditioning frame `index` to `out[0..dim)` and
   * returns whether it is known. For an `index` inside this tick it is the row of this tick, for the last one before it that.
   */
  foreseeRows(port: string, rowAt: (index: number, out: Float32Array) => boolean): void;
  /**
   * What the conditioning input `port` holds at engine frame `frame`, of this tick or later, if nobody sets anything until
   * then: writes the row to `out[0..dim)` and returns whether it is known. Call it on the audio path, inside a tick.
   */
  inputAhead(port: string, frame: number, out: Float32Array): boolean;
  /** Seeded from `seed`, in [0, 1); the only randomness a node may use. */
  random(): number;
  /** Binds a declared action. Every declared action must be bound in `create`. */
  onAction(name: keyof A & string, handler: ActionHandler): void;
  /** Non-fatal; rate-limited by the runner and told to the control plane. */
  warn(code: string, message: string): void;
}

// ---------------------------------------------------------------- descriptor

/**
 * R is what `prepare` made (a loaded bundle, an open file). Order of life:
 * prepare (asynchronous, off the audio path), create and subscribe, ticks, unsubscribe, dispose.
 */
export interface NodeDescriptor<
  P extends ParamSpecs = ParamSpecs,
  I extends PortSpecs = PortSpecs,
  O extends PortSpecs = PortSpecs,
  S extends SettingSpecs = SettingSpecs,
  A extends ActionSpecs = ActionSpecs,
  R = unknown,
> {
  /** kebab-case; the name in presets, OSC and docs: stable. */
  readonly type: string;
  readonly role: 'source' | 'transform' | 'sink';
  /** One sentence. */
  readonly summary: string;
  readonly params: P;
  readonly inputs: I;
  readonly outputs: O;
  readonly settings?: S;
  readonly actions?: A;
  prepare?(ctx: PrepareContext<S>): Promise<R>;
  /** Delay from the node's inputs to its outputs, in engine frames. Pure. */
  latencyFrames?(ctx: PrepareContext<S>, resources: R): number;
  /** Allocate here or on subscribe, never per block. Exactly one synchronous emission per input. */
  create(ctx: NodeContext<P, S, A>, resources: R): OperatorFunction<NodeInput<I>, PortValues<O>>;
  dispose?(resources: R): Promise<void>;
}

/** Any descriptor, as the registry, the compiler and the docs see it. */
// biome-ignore lint/suspicious/noExplicitAny: variance: a registry holds descriptors of every shape
export type AnyNodeDescriptor = NodeDescriptor<any, any, any, any, any, any>;

/** Identity: gives the literal its exact types, so `ctx.params.get('typo')` does not compile. */
export function defineNode<
  const P extends ParamSpecs,
  const I extends PortSpecs,
  const O extends PortSpecs,
  // biome-ignore lint/complexity/noBannedTypes: no settings, no actions by default
  const S extends SettingSpecs = {},
  // biome-ignore lint/complexity/noBannedTypes: see above
  const A extends ActionSpecs = {},
  R = undefined,
>(descriptor: NodeDescriptor<P, I, O, S, A, R>): NodeDescriptor<P, I, O, S, A, R> {
  return descriptor;
}

/** One output per input. `init` runs once per subscription, so a restart starts clean. */
export function perBlock<A, B>(init: () => (input: A) => B): OperatorFunction<A, B> {
  return (source) => defer(() => source.pipe(map(init())));
}
