/** What subscribers of `/notify` are told, unasked. */

import type { LogLevel } from './log-lines.js';
import type { VoiceEndReason } from './voice-messages.js';

export type EngineEvent =
  | { readonly kind: 'engine-restarted'; readonly restarts: number; readonly reason: string }
  | { readonly kind: 'xrun'; readonly xruns: number; readonly modelXruns: number }
  | { readonly kind: 'watchdog'; readonly nodeId: string; readonly cause: string; readonly runaways: number }
  | { readonly kind: 'preset-loaded'; readonly name: string }
  | { readonly kind: 'node-added'; readonly nodeId: string; readonly type: string }
  | { readonly kind: 'node-removed'; readonly nodeId: string }
  | { readonly kind: 'graph-edited'; readonly edits: number }
  | { readonly kind: 'cue'; readonly number: number; readonly name: string }
  | { readonly kind: 'node-fault'; readonly nodeId: string; readonly code: string; readonly message: string }
  | { readonly kind: 'warning'; readonly source: string; readonly code: string; readonly message: string }
  | { readonly kind: 'voice-started'; readonly id: string; readonly preset: string }
  | { readonly kind: 'voice-ended'; readonly id: string; readonly reason: VoiceEndReason }
  | { readonly kind: 'device-changed'; readonly sink: string; readonly device: string }
  /** To those who asked for it by `/log` alone. `code` may be empty. */
  | { readonly kind: 'log'; readonly level: LogLevel; readonly code: string; readonly message: string }
  | {
      readonly kind: 'control-learned';
      readonly id: number;
      readonly control: string;
      readonly address: string;
    }
  | { readonly kind: 'quitting' };

/** Arguments of `/event/KIND`, in the order sent: the event's own field and its OSC type. */
export const EVENT_FIELDS = {
  'engine-restarted': [
    ['restarts', 'i'],
    ['reason', 's'],
  ],
  xrun: [
    ['xruns', 'i'],
    ['modelXruns', 'i'],
  ],
  watchdog: [
    ['nodeId', 's'],
    ['cause', 's'],
    ['runaways', 'i'],
  ],
  'preset-loaded': [['name', 's']],
  'node-added': [
    ['nodeId', 's'],
    ['type', 's'],
  ],
  'node-removed': [['nodeId', 's']],
  'graph-edited': [['edits', 'i']],
  cue: [
    ['number', 'i'],
    ['name', 's'],
  ],
  'node-fault': [
    ['nodeId', 's'],
    ['code', 's'],
    ['message', 's'],
  ],
  warning: [
    ['source', 's'],
    ['code', 's'],
    ['message', 's'],
  ],
  'voice-started': [
    ['id', 's'],
    ['preset', 's'],
  ],
  'voice-ended': [
    ['id', 's'],
    ['reason', 's'],
  ],
  'device-changed': [
    ['sink', 's'],
    ['device', 's'],
  ],
  log: [
    ['level', 's'],
    ['code', 's'],
    ['message', 's'],
  ],
  'control-learned': [
    ['id', 'i'],
    ['control', 's'],
    ['address', 's'],
  ],
  quitting: [],
} as const satisfies { [K in EngineEvent['kind']]: readonly (readonly [FieldOf<K>, 'i' | 's'])[] };

type FieldOf<K extends EngineEvent['kind']> = Exclude<keyof Extract<EngineEvent, { kind: K }>, 'kind'>;
