import type { CommandSpec } from './spec.js';

const id = { name: 'id', type: 'string', description: 'of the voice' } as const;
const ms = { name: 'ms', type: 'float', description: 'how long the fade takes', optional: true } as const;

/** Patches that sound beside the one that plays, each under an id of its own. */
export const VOICE_COMMANDS = {
  '/voice/new': {
    description: 'Starts a voice: a preset that sounds beside what plays, at a place.',
    args: [
      { name: 'preset', type: 'string', description: 'name in presets/, or a path' },
      id,
      { name: 'priority', type: 'int', description: 'the higher, the later it is stolen', optional: true },
      { name: 'gain', type: 'float', description: 'dB', optional: true },
      { name: 'azimuth', type: 'float', description: 'degrees: 0 in front, 90 right', optional: true },
      { name: 'distance', type: 'float', description: 'metres', optional: true },
    ],
    answer: '/done',
    timing: 'async',
    doneBy: 'main',
  },
  '/voice/free': {
    description: 'Fades a voice out and ends it.',
    args: [id, ms],
    answer: '/done',
    timing: 'async',
    doneBy: 'main',
  },
  '/voice/free-all': {
    description: 'Fades all voices out and ends them.',
    args: [ms],
    answer: '/done',
    timing: 'async',
    doneBy: 'main',
  },
  '/voice/list': {
    description: 'Tells how many voices play, then id, preset and priority of each.',
    args: [],
    answer: '/done',
    timing: 'async',
    doneBy: 'main',
  },
  '/voice/pool': {
    description: 'Keeps that many voices of a preset ready, so that each sounds at once; 0 keeps none.',
    args: [
      { name: 'preset', type: 'string', description: 'name in presets/, or a path' },
      { name: 'count', type: 'int', description: 'how many' },
    ],
    answer: '/done',
    timing: 'async',
    doneBy: 'main',
  },
  '/voice/limit': {
    description: 'Sets how many voices may play at once.',
    args: [{ name: 'limit', type: 'int', description: 'voices' }],
    answer: '/done',
    timing: 'async',
    doneBy: 'main',
  },
} as const satisfies Record<string, CommandSpec>;
