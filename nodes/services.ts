/** What nodes ask the composition root for, by token. `src/container` binds the implementations. */
import { type ServiceToken, serviceToken } from '../graph/index.js';
import type { BundleManifest, ModelStream, RunawayCause, Sampling, StepperKind } from '../models/index.js';

/** What a model node wants opened. */
export interface ModelStreamRequest {
  /** Whose stream it is: the name under which status and gaps are told. */
  readonly nodeId: string;
  /** Name of a bundle in models/zoo, or the path of a bundle folder. */
  readonly bundle: string;
  /** uint32. */
  readonly seed: number;
  /** Until the first `setSampling`. */
  readonly sampling: Sampling;
  /** Live streams step on a thread of their own, offline ones inside `read`. */
  readonly mode: 'live' | 'offline';
  /** Overrides the engine's look-ahead; unused offline. */
  readonly lookAheadMs?: number;
  /** Whether a model that runs away goes back to an earlier state. Default: it does. */
  readonly watchdog?: boolean;
}

export interface OpenedModelStream {
  /** Owned by the node from here on: the node closes it. */
  readonly stream: ModelStream;
  readonly manifest: BundleManifest;
  readonly stepper: { readonly kind: StepperKind; readonly instructionSet: string; readonly reason: string };
}

/** Opens streams of models and keeps count of them for status. */
export interface ModelStreams {
  /** Off the audio path. Rejects with a coded error when the bundle or the stepper cannot be used. */
  open(request: ModelStreamRequest): Promise<OpenedModelStream>;
  /**
   * Called on the audio path once per gap, when the ring of the node's stream has run dry: an xrun of the model.
   * `modelFrames` is how many frames were missing when the gap began. Must not allocate.
   */
  reportGap(nodeId: string, modelFrames: number): void;
  /**
   * Called on the audio path once per event: the watchdog of the node's stream has taken the model back. `runaways` is how
   * often it did so far, for whatever cause.
   */
  reportRunaway(nodeId: string, cause: RunawayCause, runaways: number): void;
}

export const MODEL_STREAMS: ServiceToken<ModelStreams> = serviceToken('sashimi-live/model-streams');

/** Whose states they are: no other model can go on from them. */
export interface StateOwner {
  /** Name of the bundle, for people. */
  readonly bundle: string;
  /** Of its weights. */
  readonly weightsSha256: string;
  readonly stepper: StepperKind;
  readonly stateBytes: number;
}

/** States of models as files, in a folder of the engine's. All refuse with a coded error what they cannot do, and leave nothing half-done. */
export interface StateFiles {
  /** Writes or replaces the file of that name. */
  save(name: string, owner: StateOwner, state: Uint8Array): Promise<void>;
  /** Reads it. Rejects unless it is a whole state of that owner. */
  load(name: string, owner: StateOwner): Promise<Uint8Array>;
  /** The same while the caller waits: offline only, where a tick may. */
  loadNow(name: string, owner: StateOwner): Uint8Array;
}

export const STATE_FILES: ServiceToken<StateFiles> = serviceToken('sashimi-live/state-files');
