import type { ActionArgSpec } from '../../../graph/index.js';
import type { CommandSpec } from './spec.js';

const to: ActionArgSpec = {
  name: 'address',
  type: 'string',
  description: 'where it leads: an address or a pattern, and arguments after it; $ stands for the value',
};
const range: readonly ActionArgSpec[] = [
  { name: 'min', type: 'float', description: 'value at the low end', optional: true },
  { name: 'max', type: 'float', description: 'value at the high end', optional: true },
];
const id: ActionArgSpec = { name: 'id', type: 'int', description: 'number of the binding' };
const name: ActionArgSpec = { name: 'name', type: 'string', description: 'of a mapping file, a plain name' };

/** MIDI controls that lead to addresses. */
export const BINDING_COMMANDS = {
  '/bind/learn': {
    description:
      'Binds the next MIDI control that moves to an address; `/event/control-learned` tells which.',
    args: [to, ...range],
    answer: '/done',
    timing: 'async',
    doneBy: 'main',
  },
  '/bind/cancel': {
    description: 'Waits no longer for a control to be learned.',
    args: [],
    answer: '/done',
    timing: 'async',
    doneBy: 'main',
  },
  '/bind/add': {
    description: 'Binds a MIDI control to an address; `/done` carries the number of the binding.',
    args: [{ name: 'control', type: 'string', description: 'such as cc:21@1 launchkey' }, to, ...range],
    answer: '/done',
    timing: 'async',
    doneBy: 'main',
  },
  '/bind/set': {
    description:
      'Sets how a binding works, by words such as `pickup s toggle silent`; what is not said is plain.',
    args: [id, { name: 'words', type: 'string', description: 'in any order' }],
    answer: '/done',
    timing: 'async',
    doneBy: 'main',
  },
  '/bind/remove': {
    description: 'Removes a binding.',
    args: [id],
    answer: '/done',
    timing: 'async',
    doneBy: 'main',
  },
  '/bind/list': {
    description: 'Tells all bindings: of each its number, control, message, and how it works.',
    args: [],
    answer: '/done',
    timing: 'async',
    doneBy: 'main',
  },
  '/bind/save': {
    description:
      'Saves all bindings as a mapping file in presets/ of the folder that the engine was started in.',
    args: [name],
    answer: '/done',
    timing: 'async',
    doneBy: 'main',
  },
  '/bind/load': {
    description: 'Replaces the bindings made by hand with those of a mapping file.',
    args: [name],
    answer: '/done',
    timing: 'async',
    doneBy: 'main',
  },
} as const satisfies Record<string, CommandSpec>;
