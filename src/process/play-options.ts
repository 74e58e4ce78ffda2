/** What `sashimi play` asks for, and what it gets back: the contract between the CLI and the processes. */
import type { Observable } from 'rxjs';
import type { EngineStatus } from '../control/status.js';
import type { OnnxProvider, StepperChoice } from '../engine/options.js';

/** Where the sound goes. */
export type PlaySink =
  | { readonly type: 'speaker'; readonly device?: string }
  | { readonly type: 'null' }
  | { readonly type: 'wav-file'; readonly path: string };

/** How the engine is shown to OSCQuery clients. */
export interface QueryOptions {
  /** Tells this engine from others. Default: `sashimi-live-` and the OSC port. */
  readonly name?: string;
  /** TCP. Left out: the first free one above the OSC port. 0: any free one. */
  readonly port?: number;
  /** By mDNS. */
  readonly announce: boolean;
}

export interface PlayOptions {
  /** A preset's name in presets/ or in `presetFolder`, or a path to a patch. */
  readonly preset: string;
  /** Where presets of one's own, snapshots and cue lists are kept. Default: my-presets in the working folder. */
  readonly presetFolder?: string;
  /**
   * Left out, or a speaker without `device`: the best driver that works here, and where none does the null sink
   * with a recording of the last minutes. A speaker with a `device` is waited for, never replaced.
   */
  readonly sink?: PlaySink;
  /** Hz. */
  readonly sampleRate: number;
  readonly blockFrames: number;
  readonly channels: number;
  /** How far models run ahead while control is not rolled back. */
  readonly lookAheadMs: number;
  /** Times real time that a model must make for its control to be rolled back: 0 for always, Infinity for never. Default 1.5. */
  readonly minRollbackSpeed?: number;
  readonly oscPort: number;
  /** Address that the OSC socket is bound to. */
  readonly host: string;
  /** OSC over TCP: its port, 0 for a free one, 'same' for that of UDP. Left out: none. */
  readonly tcpPort?: number | 'same' | undefined;
  /** Addresses beside this machine's that may speak, `ADDRESS` or `ADDRESS/BITS`. Everybody when left out. */
  readonly allow?: readonly string[] | undefined;
  /** uint32; every node's and every model's randomness comes from it. */
  readonly seed: number;
  readonly stepper: StepperChoice;
  /** Of the onnx stepper. */
  readonly provider?: OnnxProvider;
  /** Of `auto`: measures again what was measured on this machine before. */
  readonly selfTest?: boolean;
  /** A new folder to keep a take in. */
  readonly take?: string;
  /** Mapping file of MIDI controls, read at a first start. */
  readonly bindings?: string;
  /** npm packages, or paths of packages, that add node types. */
  readonly plugins: readonly string[];
  /** Left out: no OSCQuery. */
  readonly query?: QueryOptions;
}

export const playDefaults: Omit<PlayOptions, 'preset' | 'sink'> = {
  sampleRate: 48_000,
  blockFrames: 128,
  channels: 2,
  // A sound card asks in bursts of two or three blocks; with 12 ms the captured sound had gaps, with 16 ms none.
  lookAheadMs: 16,
  oscPort: 9010,
  host: '127.0.0.1',
  seed: 1,
  stepper: 'auto',
  plugins: [],
};

export type PlayEventKind =
  /** A new engine plays. */
  | 'started'
  /** An engine of an earlier supervisor was found playing and is taken over: `PlayHandle.attached`. */
  | 'attached'
  /** Which sink is used, and why not another. */
  | 'sink'
  /** The device that was asked for by name is not there yet. */
  | 'waiting'
  /** Where the capped recording lies. */
  | 'recording'
  /** An instrument was plugged in. */
  | 'midi'
  /** An input of the sound card is heard. */
  | 'input'
  /** Where OSCQuery clients find it. */
  | 'query'
  /** Which stepper a bundle has, and why. */
  | 'stepper'
  /** Where the take is kept. */
  | 'take'
  /** The preset that plays has changed. */
  | 'preset'
  | 'engine-died'
  | 'engine-restarted'
  | 'warning'
  | 'error'
  | 'stopped';

export interface PlayEvent {
  readonly kind: PlayEventKind;
  /** One sentence or two, for a person. */
  readonly message: string;
  /** With `warning` and `error`: the code, to be found in docs/errors.md. */
  readonly code?: string;
}

export interface PlayHandle {
  /** True when this supervisor took over an engine that was playing already: its own options were not used. */
  readonly attached: boolean;
  /** About ten a second; the last one again for a late subscriber. Completes with `done`. */
  readonly status$: Observable<EngineStatus>;
  /** Everything that happened since the start, replayed for a late subscriber. */
  readonly events$: Observable<PlayEvent>;
  /** Fades out, closes files, ends the engine. Resolves when all is closed; safe to call twice. */
  stop(): Promise<void>;
  /** The exit code: 0 after `stop`, `/quit` or a signal to the engine; 1 when the engine cannot be kept alive. Never rejects. */
  readonly done: Promise<number>;
}
