import type { ActionArgSpec } from '../../../graph/index.js';
import type { CommandSpec } from './spec.js';

const tempo: ActionArgSpec = {
  name: 'tempoBpm',
  type: 'float',
  description: 'quarter notes a minute, 20 to 400',
};

/** The MIDI clock that is sent to other machines. */
export const MIDI_CLOCK_COMMANDS = {
  '/midi-clock/start': {
    description: 'Sends start and then a MIDI clock to the ports whose names hold a text.',
    args: [{ name: 'port', type: 'string', description: 'part of the name of a port' }, tempo],
    answer: '/done',
    timing: 'async',
    doneBy: 'main',
  },
  '/midi-clock/tempo': {
    description: 'Changes the tempo of the MIDI clock from its next pulse on.',
    args: [tempo],
    answer: '/done',
    timing: 'async',
    doneBy: 'main',
  },
  '/midi-clock/stop': {
    description: 'Sends stop, and no pulses any more.',
    args: [],
    answer: '/done',
    timing: 'async',
    doneBy: 'main',
  },
  '/midi-clock/continue': {
    description: 'Sends continue, and pulses again.',
    args: [],
    answer: '/done',
    timing: 'async',
    doneBy: 'main',
  },
} as const satisfies Record<string, CommandSpec>;
