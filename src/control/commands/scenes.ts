import type { CommandSpec } from './spec.js';

const main = { answer: '/done', timing: 'async', doneBy: 'main' } as const;
const snapshot = { name: 'name', type: 'string', description: 'plain name of a snapshot' } as const;

/** Snapshots of params, the ways between them, and cues. */
export const SCENE_COMMANDS = {
  '/snapshot/store': {
    description: 'Keeps the params of the patch that plays, as they are.',
    args: [snapshot],
    ...main,
  },
  '/snapshot/recall': {
    description: 'Sets the params to a snapshot, at once or over a time; tells how many.',
    args: [
      snapshot,
      { name: 'ms', type: 'float', description: 'how long it takes; at once when left out', optional: true },
    ],
    ...main,
  },
  '/snapshot/list': { description: 'Tells the names of all snapshots.', args: [], ...main },
  '/snapshot/delete': { description: 'Deletes a snapshot.', args: [snapshot], ...main },
  '/morph': {
    description: 'A fader between two snapshots: sets the params to a place between them.',
    args: [
      { name: 'from', type: 'string', description: 'plain name of a snapshot' },
      { name: 'to', type: 'string', description: 'plain name of a snapshot' },
      { name: 'position', type: 'float', description: '0 is from, 1 is to' },
    ],
    ...main,
  },
  '/morph/to': {
    description: 'Takes the params from where they are to a snapshot; tells how many.',
    args: [
      snapshot,
      { name: 'ms', type: 'float', description: 'how long it takes' },
      {
        name: 'curve',
        type: 'string',
        description: 'see docs/presets.md; linear when left out',
        optional: true,
      },
    ],
    ...main,
  },
  '/cue/load': {
    description: 'Loads a cue list, before its first cue; tells how many cues it has.',
    args: [{ name: 'name', type: 'string', description: 'plain name of a cue list' }],
    ...main,
  },
  '/cue/go': { description: 'Goes to the next cue; tells its number and its name.', args: [], ...main },
  '/cue/back': { description: 'Goes to the cue before; tells its number and its name.', args: [], ...main },
  '/cue/goto': {
    description: 'Goes to a cue; tells its number and its name.',
    args: [{ name: 'number', type: 'int', description: 'from 1' }],
    ...main,
  },
  '/cue/list': {
    description: 'Tells the number of the cue that is on, 0 before the first, then the names of all.',
    args: [],
    ...main,
  },
} as const satisfies Record<string, CommandSpec>;
