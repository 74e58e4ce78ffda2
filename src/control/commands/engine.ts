import type { CommandSpec } from './spec.js';

/** Of the engine as a whole. */
export const ENGINE_COMMANDS = {
  '/panic': {
    description: 'Silences everything at the next tick and resets the nodes.',
    args: [],
    answer: '/done',
    timing: 'sync',
    doneBy: 'audio',
  },
  '/status': {
    description: 'Tells the state of the engine as name and value pairs.',
    args: [],
    answer: '/status.reply',
    timing: 'sync',
    doneBy: 'listener',
  },
  '/sync': {
    description:
      'Answers when all requests received before it are answered and all messages before it are handed to the audio thread.',
    args: [{ name: 'id', type: 'int', description: 'repeated in the answer' }],
    answer: '/synced',
    timing: 'async',
    doneBy: 'listener',
  },
  '/notify': {
    description: 'Subscribes the sender to events (1) or unsubscribes it (0).',
    args: [{ name: 'on', type: 'bool', description: '1 to subscribe, 0 to unsubscribe' }],
    answer: '/done',
    timing: 'sync',
    doneBy: 'listener',
  },
  '/version': {
    description: 'Tells the name of the engine, its version and the version of this protocol.',
    args: [],
    answer: '/version.reply',
    timing: 'sync',
    doneBy: 'listener',
  },
  '/quit': {
    description: 'Fades out and ends the engine.',
    args: [],
    answer: '/done',
    timing: 'async',
    doneBy: 'main',
  },
} as const satisfies Record<string, CommandSpec>;
