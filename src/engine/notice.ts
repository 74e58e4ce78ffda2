/** What an engine tells the control side. Made only when something happens, never per block. */
import type { Patch } from '../../graph/index.js';
import type { RunawayCause } from '../../models/index.js';
import type { ControlMessage, ReplyOrder, ReplyTo, VoiceEndReason } from '../control/index.js';
import type { PatchEdit } from './pending-edit.js';
import type { VoiceOrder } from './voices/voice.js';

export type EngineNotice =
  /** `fault`: the node `source` is silent from now on. `warning`: all play on. */
  | {
      readonly kind: 'fault' | 'warning';
      readonly source: string;
      readonly code: string;
      readonly message: string;
    }
  /** The answer to an action. */
  | { readonly kind: 'reply'; readonly replyTo: ReplyTo; readonly order: ReplyOrder }
  /** A message took effect, at its frame. */
  | { readonly kind: 'applied'; readonly message: ControlMessage }
  /** The model of a node ran away, and its watchdog took it back: `runaways` times so far. */
  | {
      readonly kind: 'watchdog';
      readonly nodeId: string;
      readonly cause: RunawayCause;
      readonly runaways: number;
    }
  /** The action of that number (see `Engine.actionNow`) took its time and is over now, done or failed. */
  | { readonly kind: 'settled'; readonly action: number }
  /** After a panic: this patch, the edits that it cut short among it, was built anew and plays from this frame on. */
  | { readonly kind: 'rebuilt'; readonly patch: Patch }
  /** Another patch plays, from this frame on; the old one is fading out, over `fadeMs`. */
  | {
      readonly kind: 'patch';
      readonly presetName: string;
      readonly patch: Patch;
      readonly fadeMs: number;
    }
  /** The patch was edited, from this frame on. */
  | { readonly kind: 'edit'; readonly edit: PatchEdit }
  /** A voice sounds, from this frame on. */
  | { readonly kind: 'voice-started'; readonly order: VoiceOrder }
  /** Its last frame has sounded, or its id went to another. */
  | { readonly kind: 'voice-ended'; readonly id: string; readonly reason: VoiceEndReason }
  /** Everything fades out, from this frame on. */
  | { readonly kind: 'fade-out' };
