import type { CommandSpec } from './spec.js';

const id = { name: 'id', type: 'string', description: 'of the node' } as const;
const from = { name: 'from', type: 'string', description: 'NODE.PORT, an output' } as const;
const to = { name: 'to', type: 'string', description: 'NODE.PORT, an input, or NODE.PARAM' } as const;

/** Changes of the patch while it plays; those of one bundle are done all together or not at all. */
export const GRAPH_COMMANDS = {
  '/graph/add': {
    description: 'Adds a node of a type to the patch that plays.',
    args: [{ name: 'type', type: 'string', description: 'of the node' }, id],
    answer: '/done',
    timing: 'async',
    doneBy: 'graph',
  },
  '/graph/remove': {
    description: 'Removes a node and its edges.',
    args: [id],
    answer: '/done',
    timing: 'async',
    doneBy: 'graph',
  },
  '/graph/replace': {
    description: 'Puts a new node of a type into the place of a node; edges and params go on where they fit.',
    args: [id, { name: 'type', type: 'string', description: 'of the new node' }],
    answer: '/done',
    timing: 'async',
    doneBy: 'graph',
  },
  '/graph/connect': {
    description:
      'Connects an output to an input, in the place of what fed it, or to a param, which it modulates.',
    args: [
      from,
      to,
      { name: 'amount', type: 'float', description: 'of the modulation; 1 when left out', optional: true },
    ],
    answer: '/done',
    timing: 'async',
    doneBy: 'graph',
  },
  '/graph/disconnect': {
    description: 'Removes an edge.',
    args: [from, to],
    answer: '/done',
    timing: 'async',
    doneBy: 'graph',
  },
  '/graph/output': {
    description: 'Makes another port the output of the patch.',
    args: [{ name: 'port', type: 'string', description: 'NODE.PORT, an audio output' }],
    answer: '/done',
    timing: 'async',
    doneBy: 'graph',
  },
  '/graph/setting': {
    description:
      'Changes a setting, which makes the node anew; or gives a param of a node that is new in the same bundle its first value.',
    args: [
      id,
      { name: 'name', type: 'string', description: 'of the setting' },
      { name: 'value', type: 'any', description: 'as the setting takes it' },
    ],
    answer: '/done',
    timing: 'async',
    doneBy: 'graph',
  },
  '/graph/nodes': {
    description: 'Lists the nodes of the patch that plays: id and type in turn.',
    args: [],
    answer: '/done',
    timing: 'async',
    doneBy: 'main',
  },
  '/graph/edges': {
    description: 'Lists the edges of the patch that plays, or of one node: from, to and amount in turn.',
    args: [{ ...id, optional: true }],
    answer: '/done',
    timing: 'async',
    doneBy: 'main',
  },
} as const satisfies Record<string, CommandSpec>;
