import type { CommandSpec } from './spec.js';

/** Whole patches. */
export const PRESET_COMMANDS = {
  '/preset/load': {
    description: 'Loads a preset by name or path and cross-fades to it.',
    args: [
      { name: 'name', type: 'string', description: 'name of a preset, or a path' },
      { name: 'ms', type: 'float', description: 'of the cross-fade; 30 when left out', optional: true },
    ],
    answer: '/done',
    timing: 'async',
    doneBy: 'main',
  },
  '/preset/save': {
    description: 'Keeps the patch that plays, with its params as they are, as a preset of one’s own.',
    args: [
      { name: 'name', type: 'string', description: 'plain name, not one of the presets that came along' },
    ],
    answer: '/done',
    timing: 'async',
    doneBy: 'main',
  },
  '/preset/list': {
    description: 'Tells the names of all presets.',
    args: [],
    answer: '/done',
    timing: 'async',
    doneBy: 'main',
  },
  '/preset/delete': {
    description: 'Deletes a preset of one’s own.',
    args: [{ name: 'name', type: 'string', description: 'plain name' }],
    answer: '/done',
    timing: 'async',
    doneBy: 'main',
  },
} as const satisfies Record<string, CommandSpec>;
