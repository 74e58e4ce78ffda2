/** What a container would inject, made of the real gain and limiter and of sources whose every sample is known. */
import {
  type AnyNodeDescriptor,
  createRegistry,
  defineNode,
  type Patch,
  parsePatch,
  perBlock,
  type Services,
} from '../../../graph/index.js';
import { nodeTypes } from '../../../nodes/index.js';
import { ModelStreamTable } from '../../../src/engine/model-stream-table.js';
import type { EngineParts } from '../../../src/engine/options.js';

const noServices: Services = {
  get(token) {
    throw new Error(`no service "${token.name}" in this test`);
  },
};

/** A steady level, and actions that answer, fail and take their time. */
export const steady = defineNode({
  type: 'steady',
  role: 'source',
  summary: 'Puts out a level.',
  params: {
    value: {
      type: 'float',
      label: 'Value',
      unit: 'none',
      min: -1,
      max: 1,
      default: 0.5,
      warp: 'lin',
      smoothingMs: 0,
    },
  },
  actions: {
    double: {
      label: 'Double',
      description: 'Answers twice the number.',
      args: [{ name: 'x', type: 'float', description: 'any' }],
    },
    fail: { label: 'Fail', description: 'Fails.', args: [] },
  },
  inputs: {},
  outputs: { audio: { kind: 'audio', channels: 1 } },
  create: (ctx) =>
    perBlock(() => {
      const out = new Float32Array(ctx.maxBlockFrames);
      const result = { audio: { channels: [out] } };
      ctx.onAction('double', async ([x]) => 2 * Number(x));
      ctx.onAction('fail', () => {
        throw new Error('it was asked to');
      });
      return ({ tick }) => {
        ctx.params.ramp('value', out, tick.numFrames);
        return result;
      };
    }),
});

/** A sine, so that a wrong fade can be heard as a step. 200 Hz, amplitude 0.5. */
export const sine = defineNode({
  type: 'sine',
  role: 'source',
  summary: 'Puts out a sine.',
  params: {},
  inputs: {},
  outputs: { audio: { kind: 'audio', channels: 1 } },
  create: (ctx) =>
    perBlock(() => {
      const out = new Float32Array(ctx.maxBlockFrames);
      const result = { audio: { channels: [out] } };
      return ({ tick }) => {
        for (let i = 0; i < tick.numFrames; i++) {
          out[i] = 0.5 * Math.sin((2 * Math.PI * 200 * (tick.startFrame + i)) / ctx.sampleRate);
        }
        return result;
      };
    }),
});

/** Counts its own frames from the moment it is built: a node with a memory. */
export const ramp = defineNode({
  type: 'ramp',
  role: 'source',
  summary: 'Rises by a millionth each frame since it was built.',
  params: {},
  inputs: {},
  outputs: { audio: { kind: 'audio', channels: 1 } },
  create: (ctx) =>
    perBlock(() => {
      const out = new Float32Array(ctx.maxBlockFrames);
      const result = { audio: { channels: [out] } };
      let count = 0;
      return ({ tick }) => {
        for (let i = 0; i < tick.numFrames; i++) out[i] = count++ * 1e-6;
        return result;
      };
    }),
});

/** Seeded noise. */
export const noise = defineNode({
  type: 'noise',
  role: 'source',
  summary: 'Puts out seeded noise.',
  params: {},
  inputs: {},
  outputs: { audio: { kind: 'audio', channels: 2 } },
  create: (ctx) =>
    perBlock(() => {
      const channels = [new Float32Array(ctx.maxBlockFrames), new Float32Array(ctx.maxBlockFrames)];
      const result = { audio: { channels } };
      return ({ tick }) => {
        for (let i = 0; i < tick.numFrames; i++) for (const x of channels) x[i] = ctx.random() - 0.5;
        return result;
      };
    }),
});

export function fakeParts(...more: readonly AnyNodeDescriptor[]): EngineParts {
  return {
    registry: createRegistry([...nodeTypes, steady, sine, ramp, noise, ...more]),
    services: noServices,
    models: new ModelStreamTable(),
  };
}

/** One source straight to the output. */
export function patchOf(type: string, params: Record<string, number> = {}): Patch {
  return parsePatch({
    format: 'sashimi-live/patch',
    formatVersion: 1,
    title: type,
    nodes: [{ id: 'source', type, params }],
    output: 'source.audio',
  });
}
