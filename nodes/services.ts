/** What nodes ask the composition root for, by token. `src/container` binds the implementations. */
import { type ServiceToken, serviceToken } from '../graph/index.js';
import type {
  BundleManifest,
  ModelStream,
  Performance,
  RunawayCause,
  Sampling,
  StepperKind,
} from '../models/index.js';

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

/** Reads Standard MIDI Files. */
export interface MidiFiles {
  /**
   * Off the audio path. `nameOrPath`: the name of a piece in presets/midi, or the path of a file. Rejects with a coded
   * error when there is none, or when it is no MIDI file.
   */
  read(nameOrPath: string): Promise<Performance>;
}

export const MIDI_FILES: ServiceToken<MidiFiles> = serviceToken('sashimi-live/midi-files');

/** What a node wants to hear of MIDI ports. */
export interface MidiRequest {
  /** Whose actions are called: those of a keyboard (see `keyboardActions`), and of a clock where `hasClock`. */
  readonly nodeId: string;
  /** Part of the name of a port, in any case; empty for every port. */
  readonly port: string;
  /** 1 to 16, or 0 for all. */
  readonly channel: number;
  readonly hasClock: boolean;
}

export interface MidiListening {
  /** Once, when the node is built: from now on, and instead of whatever was listened to for this node id before. */
  begin(): void;
  /** Safe to call without `begin`. */
  close(): void;
}

/**
 * Hands what MIDI ports send to nodes, as actions: so it is stamped, logged and played again like any other message.
 * Ports come and go; one that is not there is waited for, and told.
 */
export interface MidiInputs {
  /** Off the audio path. Never fails: where there is no MIDI at all, nothing comes. */
  listen(request: MidiRequest): MidiListening;
}

export const MIDI_INPUTS: ServiceToken<MidiInputs> = serviceToken('sashimi-live/midi-inputs');
