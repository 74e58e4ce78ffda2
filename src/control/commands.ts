/**
 * The addresses that every engine has, whatever the patch. Data only: the table,
 * the documents and every other surface derive from it.
 */
import type { ParamSpec } from '../../graph/index.js';
import { BINDING_COMMANDS } from './commands/bindings.js';
import { ENGINE_COMMANDS } from './commands/engine.js';
import { GRAPH_COMMANDS } from './commands/graph.js';
import { LISTENING_COMMANDS } from './commands/listening.js';
import { MIDI_CLOCK_COMMANDS } from './commands/midi-clock.js';
import { PRESET_COMMANDS } from './commands/presets.js';
import { SCENE_COMMANDS } from './commands/scenes.js';
import { VOICE_COMMANDS } from './commands/voices.js';

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

export const COMMANDS = {
  ...ENGINE_COMMANDS,
  ...LISTENING_COMMANDS,
  ...PRESET_COMMANDS,
  ...SCENE_COMMANDS,
  ...GRAPH_COMMANDS,
  ...VOICE_COMMANDS,
  ...BINDING_COMMANDS,
  ...MIDI_CLOCK_COMMANDS,
} as const;

export type CommandAddress = keyof typeof COMMANDS;
/** The commands that the engine's main thread does, in its own time. */
export type RequestAddress = {
  [A in CommandAddress]: (typeof COMMANDS)[A]['doneBy'] extends 'main' ? A : never;
}[CommandAddress];

/** The commands that edit the patch. */
export type EditAddress = {
  [A in CommandAddress]: (typeof COMMANDS)[A]['doneBy'] extends 'graph' ? A : never;
}[CommandAddress];

/** Version of the protocol that docs/osc.md describes. */
export const PROTOCOL_VERSION = 1;
