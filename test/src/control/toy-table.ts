/** A small engine's addresses, with every kind of param and action. */
import { type AddressableNode, buildAddressTable } from '../../../src/control/index.js';

export const TOY_NODES: readonly AddressableNode[] = [
  {
    id: 'model',
    descriptor: {
      params: {
        temperature: {
          type: 'float',
          label: 'Temperature',
          unit: 'ratio',
          min: 0.1,
          max: 2,
          default: 1,
          warp: 'lin',
          smoothingMs: 0,
        },
        topK: { type: 'int', label: 'Top-k', unit: 'none', min: 0, max: 256, default: 0 },
        frozen: { type: 'bool', label: 'Frozen', default: false },
        law: { type: 'enum', label: 'Law', options: ['linear', 'square', 'cubic'], default: 'linear' },
      },
      actions: {
        reset: { label: 'Reset', description: 'Starts the state anew.', args: [] },
        say: {
          label: 'Say',
          description: 'Says a text.',
          args: [
            { name: 'text', type: 'string', description: 'what to say' },
            { name: 'speed', type: 'float', description: 'times as fast', optional: true },
          ],
        },
        'state/store': {
          label: 'Store',
          description: 'Stores the state.',
          args: [{ name: 'slot', type: 'int', description: 'slot' }],
        },
      },
    },
  },
  {
    id: 'level',
    descriptor: {
      params: {
        gainDb: {
          type: 'float',
          label: 'Gain',
          unit: 'db',
          min: -60,
          max: 12,
          default: 0,
          warp: 'db',
          smoothingMs: 20,
        },
      },
    },
  },
];

export const TOY_TABLE = buildAddressTable(TOY_NODES);
