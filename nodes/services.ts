/** What nodes ask the composition root for, by token. `src/container` binds the implementations. */
import { type ServiceToken, serviceToken } from '../graph/index.js';
import type {
  BundleManifest,
  ModelStream,
  Pair,
  Performance,
  RunawayCause,
  Sampling,
  StepperKind,
} from '../models/index.js';
import type { Lyrics, PhonePlan } from './conditioning/phone-text.js';
import type { HeardStretch } from './model/heard-ring.js';

/** The model that is to sound as one with another. */
export interface SecondModelRequest extends Pair {
  /** As that of the other. */
  readonly bundle: string;
}

/** What a model node wants opened. */
export interface ModelStreamRequest {
  /** Whose stream it is: the name under which status and gaps are told. */
  readonly nodeId: string;
  /** Name of a bundle in models/zoo, or the path of a bundle folder. */
  readonly bundle: string;
  readonly second?: SecondModelRequest | undefined;
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

/** Who may hold back the start of one stream, and hears of it. On the audio path; must not allocate. */
export interface StartGate {
  /** Asked first thing in every tick in which the stream waits: at its start, after a reset or a gap. False lets it wait on. */
  mayStart(): boolean;
  /** It begins to be read, in this tick. */
  started(): void;
}

export interface OpenedModelStream {
  /** Owned by the node from here on: the node closes it. */
  readonly stream: ModelStream;
  readonly manifest: BundleManifest;
  /** Of the second model, where one was asked for. */
  readonly secondManifest?: BundleManifest | undefined;
  readonly stepper: { readonly kind: StepperKind; readonly instructionSet: string; readonly reason: string };
  /** Left out: it begins to be read as soon as it can. */
  readonly gate?: StartGate | undefined;
}

/** What a model is to listen to before it goes on. */
export interface PrimeRequest {
  /** As in the request for the stream. */
  readonly bundle: string;
  readonly second?: SecondModelRequest | undefined;
  /** Named by a message: it must lie in the folder that the engine was started in, or in the package. */
  readonly file: string;
  readonly startSeconds: number;
  /** Undefined for the end of the file. No more than a minute is taken. */
  readonly endSeconds: number | undefined;
  /** Live the answer is a promise; offline it is there at once, so that it counts from the frame of the message. */
  readonly mode: 'live' | 'offline';
}

/** What a model is to listen to that was heard a moment ago. */
export interface ListenRequest {
  /** As in the request for the stream. */
  readonly bundle: string;
  readonly second?: SecondModelRequest | undefined;
  readonly heard: HeardStretch;
  /** As in `PrimeRequest`. */
  readonly mode: 'live' | 'offline';
}

/** A model that has listened: a snapshot of a voice, made when it was aligned. */
export interface PrimedState {
  readonly snapshot: Uint8Array;
  /** Of sound that it took in. */
  readonly seconds: number;
  /** What was wrong with the sound, as sentences. */
  readonly faults: readonly string[];
}

/** Opens streams of models and keeps count of them for status. */
export interface ModelStreams {
  /** Off the audio path. Rejects with a coded error when the bundle or the stepper cannot be used. */
  open(request: ModelStreamRequest): Promise<OpenedModelStream>;
  /**
   * Lets a voice of the bundle hear a file, much faster than it sounds, on a thread of its own. Conditioning is dropped.
   * Rejects, or offline throws, a coded error.
   */
  prime(request: PrimeRequest): Promise<PrimedState> | PrimedState;
  /** The same with what an input of the node has heard. */
  listen(request: ListenRequest): Promise<PrimedState> | PrimedState;
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

/** What an audio-file node wants opened. */
export interface AudioFileRequest {
  /** Who reads it, for takes; left out, nobody of whom one would tell. */
  readonly nodeId?: string;
  /** A path; a relative one counts from the working folder, then from the package. */
  readonly file: string;
  readonly mode: 'live' | 'offline';
  /** Hz, of the engine: what is read comes at this rate. */
  readonly sampleRate: number;
  /** A file of one channel sounds on both; of more than two, the third and later ones sound on both. */
  readonly channels: 1 | 2;
  /** Undefined for once; `endSeconds` undefined is the end of the file. */
  readonly loop: { readonly startSeconds: number; readonly endSeconds: number | undefined } | undefined;
}

/** A warning about a file, for a performer. */
export interface AudioFileNews {
  readonly code: string;
  readonly message: string;
}

/**
 * A file that is decoded ahead on a thread of its own. All methods but `close` are for the audio path: none throws or
 * allocates, and live none waits; offline `read` waits for the decoder, so that time is the same at any speed.
 */
export interface AudioFileStream {
  /** Fills `out[c][0..numFrames)`; returns how many frames there were: fewer at the end, or where the decoder is late. */
  read(out: readonly Float32Array[], numFrames: number): number;
  /** Whether everything up to the end of the file was read. */
  readonly isAtEnd: boolean;
  /** What is read next is what is at this second. Live it may take a moment until something comes. */
  seek(seconds: number): void;
  /** A warning that was not given yet. */
  takeNews(): AudioFileNews | undefined;
  /** Off the audio path. */
  close(): Promise<void>;
}

/** Opens audio files. What decodes them is not on the audio path, and believes no header. */
export interface AudioFiles {
  /** Off the audio path. Rejects with a coded error; resolves when the beginning of the sound is there. */
  open(request: AudioFileRequest): Promise<AudioFileStream>;
}

export const AUDIO_FILES: ServiceToken<AudioFiles> = serviceToken('sashimi-live/audio-files');

/** What an audio-in node wants to hear. */
export interface AudioInputRequest {
  readonly nodeId: string;
  readonly mode: 'live' | 'offline';
  /** Hz, of the engine: what is read comes at this rate, nominally. */
  readonly sampleRate: number;
  /** Part of the name of a device, in any case; empty for the default one. */
  readonly device: string;
  /** One channel sounds on both sides. */
  readonly channels: 1 | 2;
  /** Of the device, from 1. */
  readonly firstChannel: number;
}

/** A warning about an input, for a performer. */
export interface AudioInputNews {
  readonly code: string;
  readonly message: string;
}

/** Of one node: tick after tick. On the audio path: must not throw or wait. `channels[c][0..numFrames)` are borrowed. */
export type AudioInputTap = (
  startFrame: number,
  channels: readonly Float32Array[],
  numFrames: number,
) => void;

/**
 * What an input gives, on two channels. All methods but `close` are for the audio path: none throws, waits (but a recording
 * offline) or allocates.
 */
export interface AudioInputStream {
  /** A recording, which has the engine's clock: read as many frames as a tick has, and nothing is late. */
  readonly isInStep: boolean;
  /** From the sound to `availableFrames`, as well as is known. */
  readonly latencyFrames: number;
  /** Most frames that come at once. */
  readonly pieceFrames: number;
  /** Frames that have come and were not read. Of a recording, Infinity. */
  readonly availableFrames: number;
  /** Before the first read: the engine frame of it. A recording goes on from there. */
  begin(startFrame: number): void;
  /** Fills `out[c][0..numFrames)` of two channels; returns how many frames there were. */
  read(out: readonly Float32Array[], numFrames: number): number;
  /** Leaves the oldest frames out. */
  skip(numFrames: number): void;
  /**
   * Called with what the node made of it in a tick, before its gain: a recording of that, given back as a recording, makes the same
   * sound again. Undefined where nobody records.
   */
  readonly tap: AudioInputTap | undefined;
  /** A warning that was not given yet. */
  takeNews(): AudioInputNews | undefined;
  /** Off the audio path. */
  close(): Promise<void>;
}

/** Hands inputs of the sound card to nodes. */
export interface AudioInputs {
  /**
   * Off the audio path. Live never fails: a device that is not there is waited for, and told once. Offline rejects with a
   * coded error where there is a recording for the node that cannot be played; without one there is silence.
   */
  listen(request: AudioInputRequest): Promise<AudioInputStream>;
}

export const AUDIO_INPUTS: ServiceToken<AudioInputs> = serviceToken('sashimi-live/audio-inputs');

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
  /** Reads it: live by a promise, offline at once. Rejects or throws unless it is a whole state of that owner. */
  load(name: string, owner: StateOwner, mode: 'live' | 'offline'): Promise<Uint8Array> | Uint8Array;
}

export const STATE_FILES: ServiceToken<StateFiles> = serviceToken('sashimi-live/state-files');

/** A text, and what becomes of it. */
export interface TextRequest {
  /** Of any length and with any characters: what is too long or cannot be said is told. */
  readonly text: string;
  /** uint32: for the little that is left to chance. */
  readonly seed: number;
  readonly way: 'say' | 'sing';
}

/** Owned by whoever asked. */
export interface ReadText {
  /** Asked to say it; undefined when there is nothing to say. */
  readonly plan: PhonePlan | undefined;
  /** That takes as long, unhurried. */
  readonly seconds: number;
  /** Asked to sing it; undefined when there is nothing to sing. */
  readonly lyrics: Lyrics | undefined;
  /** Characters that it cannot say, the first few different ones, and how many there were. */
  readonly unsaid: readonly string[];
  readonly numUnsaid: number;
  /** UTF-16 units at the end that were not read, for there were too many. */
  readonly leftOut: number;
}

export interface TextReader {
  /** Live by a promise, in the order of the calls; offline at once. Rejects or throws a coded error. */
  read(request: TextRequest): Promise<ReadText> | ReadText;
  /** Off the audio path. */
  close(): Promise<void>;
}

/** Turns English text into phones, off the audio path. */
export interface TextReaders {
  open(mode: 'live' | 'offline'): Promise<TextReader>;
}

export const TEXT_READERS: ServiceToken<TextReaders> = serviceToken('sashimi-live/text-readers');
