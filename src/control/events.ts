/** What subscribers of `/notify` are told, unasked. */

export type EngineEvent =
  | { readonly kind: 'engine-restarted'; readonly restarts: number; readonly reason: string }
  | { readonly kind: 'xrun'; readonly xruns: number; readonly modelXruns: number }
  | { readonly kind: 'watchdog'; readonly nodeId: string; readonly cause: string; readonly runaways: number }
  | { readonly kind: 'preset-loaded'; readonly name: string }
  | { readonly kind: 'node-fault'; readonly nodeId: string; readonly code: string; readonly message: string }
  | { readonly kind: 'warning'; readonly source: string; readonly code: string; readonly message: string }
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
  'control-learned': [
    ['id', 'i'],
    ['control', 's'],
    ['address', 's'],
  ],
  quitting: [],
} as const satisfies { [K in EngineEvent['kind']]: readonly (readonly [FieldOf<K>, 'i' | 's'])[] };

type FieldOf<K extends EngineEvent['kind']> = Exclude<keyof Extract<EngineEvent, { kind: K }>, 'kind'>;
