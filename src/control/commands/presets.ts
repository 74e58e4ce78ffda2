import type { CommandSpec } from './spec.js';

/** Whole patches. */
export const PRESET_COMMANDS = {
  '/preset/load': {
    description: 'Loads a preset by name or path and cross-fades to it.',
    args: [{ name: 'name', type: 'string', description: 'name in presets/, or a path' }],
    answer: '/done',
    timing: 'async',
    doneBy: 'main',
  },
} as const satisfies Record<string, CommandSpec>;
