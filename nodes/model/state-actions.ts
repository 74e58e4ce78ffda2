/** What the node of a model declares for its states: docs/state.md. */

const name = { name: 'name', type: 'string', description: 'Letters, digits, - and _.' } as const;
const tiers = {
  name: 'tiers',
  type: 'string',
  description:
    'Which layers of its memory: all, slow (all but the one that makes the samples), or numbers such as "1 2"; 0 is the fastest.',
  optional: true,
} as const;
const fadeMs = {
  name: 'fadeMs',
  type: 'float',
  description: 'How long the old sound fades under the new one, 0 to 100; 40 when left out.',
  optional: true,
} as const;
const everyMs = {
  name: 'everyMs',
  type: 'float',
  description: 'How often the memory is taken back, 10 to 10000; 250 when left out.',
  optional: true,
} as const;

export const stateParams = {
  morph: {
    type: 'float',
    label: 'Morph: where between the two states of state/morph',
    unit: 'ratio',
    min: 0,
    max: 1,
    default: 0,
    warp: 'lin',
    smoothingMs: 0,
  },
} as const;

export const stateActions = {
  'state/store': {
    label: 'Store state',
    description: 'Keeps the whole memory of the model, as it is now, under a name.',
    args: [name],
  },
  'state/recall': {
    label: 'Recall state',
    description: 'The model goes on from a kept state; nothing returns any more.',
    args: [name, fadeMs, tiers],
  },
  'state/morph': {
    label: 'Morph states',
    description:
      'The memory becomes a mixture of two kept states, and returns to it again and again; the param morph says where between them. Slow tiers when none are named.',
    args: [
      { name: 'a', type: 'string', description: 'At morph 0.' },
      { name: 'b', type: 'string', description: 'At morph 1.' },
      tiers,
      everyMs,
    ],
  },
  'state/save': {
    label: 'Save state',
    description: 'Writes a kept state into the folder states, as a file of that name.',
    args: [name],
  },
  'state/load': {
    label: 'Load state',
    description: 'Keeps the state of a file in the folder states under its name, for state/recall.',
    args: [name],
  },
  freeze: {
    label: 'Freeze',
    description:
      'Takes the memory back again and again to what it was, while the rest goes on. Slow tiers when none are named.',
    args: [{ name: 'on', type: 'bool', description: 'False: nothing returns any more.' }, tiers, everyMs],
  },
  loop: {
    label: 'Loop',
    description:
      'From now on the model returns to the state of this moment in rhythm, and each time goes on anew.',
    args: [
      { name: 'seconds', type: 'float', description: 'Up to 60; 0: nothing returns any more.' },
      tiers,
      fadeMs,
    ],
  },
  rewind: {
    label: 'Rewind',
    description:
      'The model goes on from the state of that long ago, or a little before. Answers how many seconds that is at most.',
    args: [{ name: 'seconds', type: 'float', description: 'About 15 at most.' }, tiers, fadeMs],
  },
  fork: {
    label: 'Fork',
    description: 'From now on other draws: the sound goes on without a seam and elsewhere.',
    args: [
      {
        name: 'seed',
        type: 'int',
        description: 'The same seed at the same moment, the same way on. Left out: another each time.',
        optional: true,
      },
    ],
  },
} as const;

export type StateActionName = keyof typeof stateActions;
