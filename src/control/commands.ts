/**
 * The addresses that every engine has, whatever the patch. Data only: the table,
 * the documents and later every other surface derive from it.
 */
import type { ActionArgSpec, ParamSpec } from '../../graph/index.js';

/** Params of the master stage; messages of their own kind, so they work whatever the patch does. */
export const MASTER_PARAMS = {
  gain: {
    type: 'float',
    label: 'Master gain',
    unit: 'db',
    min: -120,
    max: 12,
    default: 0,
    warp: 'db',
    smoothingMs: 20,
  },
  mute: { type: 'bool', label: 'Mute', default: false },
} as const satisfies Record<string, ParamSpec>;

export interface CommandSpec {
  readonly description: string;
  readonly args: readonly ActionArgSpec[];
  /** Address of the answer when all is well. */
  readonly answer: string;
  /** `sync`: answered as soon as it is read. `async`: when the engine has done it. */
  readonly timing: 'sync' | 'async';
}

export const COMMANDS = {
  '/panic': {
    description: 'Silences everything at the next tick and resets the nodes.',
    args: [],
    answer: '/done',
    timing: 'sync',
  },
  '/preset/load': {
    description: 'Loads a preset by name or path and cross-fades to it.',
    args: [{ name: 'name', type: 'string', description: 'name in presets/, or a path' }],
    answer: '/done',
    timing: 'async',
  },
  '/status': {
    description: 'Tells the state of the engine as name and value pairs.',
    args: [],
    answer: '/status.reply',
    timing: 'sync',
  },
  '/sync': {
    description:
      'Answers when all requests received before it are answered and all messages before it are handed to the audio thread.',
    args: [{ name: 'id', type: 'int', description: 'repeated in the answer' }],
    answer: '/synced',
    timing: 'async',
  },
  '/notify': {
    description: 'Subscribes the sender to events (1) or unsubscribes it (0).',
    args: [{ name: 'on', type: 'bool', description: '1 to subscribe, 0 to unsubscribe' }],
    answer: '/done',
    timing: 'sync',
  },
  '/version': {
    description: 'Tells the name of the engine, its version and the version of this protocol.',
    args: [],
    answer: '/version.reply',
    timing: 'sync',
  },
  '/quit': {
    description: 'Fades out and ends the engine.',
    args: [],
    answer: '/done',
    timing: 'async',
  },
} as const satisfies Record<string, CommandSpec>;

export type CommandAddress = keyof typeof COMMANDS;
/** Version of the protocol that docs/osc.md describes. */
export const PROTOCOL_VERSION = 1;
