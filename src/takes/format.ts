/** What the two files of a take hold. `take.json`: a header. `control.jsonl`: one entry a line, only appended to. */
import type { Patch } from '../../graph/index.js';
import type { ControlMessage } from '../control/index.js';

export const takeFormat = 'sashimi-live/take';
export const takeFormatVersion = 1;
export const headerFile = 'take.json';
export const logFile = 'control.jsonl';

/** All that must be known before the first frame. */
export interface TakeHeader {
  readonly presetName: string;
  readonly patch: Patch;
  /** uint32. */
  readonly seed: number;
  /** Hz. */
  readonly sampleRate: number;
  readonly blockFrames: number;
  readonly channels: number;
  /** As `EngineFacts.stepper`: with its instruction set; empty without a model. */
  readonly stepper: string;
  readonly masterGainDb: number;
  readonly muted: boolean;
}

/** `frame` counts engine frames from 0 and never falls from line to line. */
export type TakeEntry =
  /** The message took effect just before this frame. */
  | { readonly kind: 'control'; readonly frame: number; readonly message: ControlMessage }
  /** From here on a replay may differ, for the reason given. */
  | { readonly kind: 'deviation'; readonly frame: number; readonly reason: string }
  /** The last line of a take that was closed; the take is this long. */
  | { readonly kind: 'end'; readonly frame: number };
