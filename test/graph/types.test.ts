/** What must not compile. The compiler is the test: a directive without an error below it fails the build. */
import assert from 'node:assert/strict';
import { defineNode, perBlock } from '../../graph/index.js';

const typed = defineNode({
  type: 'typed',
  role: 'transform',
  summary: 'Shows what the types catch.',
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
    shape: { type: 'enum', label: 'Shape', options: ['sine', 'square'], default: 'sine' },
    isOn: { type: 'bool', label: 'On', default: true },
  },
  settings: { bundle: { type: 'string', label: 'Bundle' } },
  actions: { reset: { label: 'Reset', description: 'Starts again.', args: [] } },
  inputs: { audio: { kind: 'audio', channels: 1 }, steer: { kind: 'cond', dim: 2, rateHz: 250 } },
  outputs: { audio: { kind: 'audio', channels: 1 } },
  prepare: async (ctx) => {
    const bundle: string = ctx.settings.bundle;
    // @ts-expect-error no such setting
    void ctx.settings.bundel;
    return { bundle };
  },
  create: (ctx, resources) => {
    const bundle: string = resources.bundle;
    const gainDb: number = ctx.params.get('gainDb');
    const isOn: boolean = ctx.params.get('isOn');
    const shape: 'sine' | 'square' = ctx.params.get('shape');
    // @ts-expect-error no such param
    const typo = (): unknown => ctx.params.get('gaindb');
    // @ts-expect-error an enum has its options' type
    const round: 'round' = ctx.params.get('shape');
    // @ts-expect-error no such action
    const unbound = (): void => ctx.onAction('rest', () => undefined);
    ctx.onAction('reset', () => undefined);
    void [bundle, gainDb, isOn, shape, typo, round, unbound];
    return perBlock(() => ({ in: { audio, steer } }) => {
      const dim: number = steer.dim;
      // @ts-expect-error audio has no dim
      void audio.dim;
      void dim;
      return { audio };
    });
  },
});

defineNode({
  type: 'mute',
  role: 'source',
  summary: 'Forgets its output.',
  params: {},
  inputs: {},
  outputs: { audio: { kind: 'audio', channels: 1 } },
  // @ts-expect-error the declared output is missing
  create: (_ctx) => perBlock(() => () => ({})),
});

describe('the types of the node contract', () => {
  it('hold in a node that compiles', () => {
    assert.equal(typed.params.gainDb.warp, 'db');
  });
});
