import type { CommandSpec } from './spec.js';

/** Of those who want to know. */
export const LISTENING_COMMANDS = {
  '/get': {
    description: 'Tells the value of a param, or of all that a pattern matches.',
    args: [{ name: 'address', type: 'string', description: 'of a param or of the master; may be a pattern' }],
    answer: '/get.reply',
    timing: 'sync',
    doneBy: 'listener',
  },
  '/subscribe': {
    description: 'Tells the sender values now and whenever they change.',
    args: [
      { name: 'address', type: 'string', description: 'of a param or of the master; may be a pattern' },
      {
        name: 'minIntervalMs',
        type: 'int',
        description: 'between two values of one address; 20 when left out',
        optional: true,
      },
    ],
    answer: '/done',
    timing: 'sync',
    doneBy: 'listener',
  },
  '/unsubscribe': {
    description: 'Ends what /subscribe began; all of it without an address.',
    args: [{ name: 'address', type: 'string', description: 'as it was subscribed to', optional: true }],
    answer: '/done',
    timing: 'sync',
    doneBy: 'listener',
  },
  '/log': {
    description: 'Tells the sender the lines of the log, as /event/log.',
    args: [{ name: 'level', type: 'string', description: 'error, warn, info or debug; off ends it' }],
    answer: '/done',
    timing: 'sync',
    doneBy: 'listener',
  },
} as const satisfies Record<string, CommandSpec>;
