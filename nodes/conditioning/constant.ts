import { condFramesIn, defineNode, maxCondFrames, perBlock } from '../../graph/index.js';
import { COND_RATE_HZ } from './cond-rate.js';

export const constant = defineNode({
  type: 'constant',
  role: 'source',
  summary: 'One number as conditioning: one knob that moves many params.',
  params: {
    value: {
      type: 'float',
      label: 'Value',
      unit: 'none',
      min: -1000,
      max: 1000,
      default: 0,
      warp: 'lin',
      smoothingMs: 20,
    },
  },
  inputs: {},
  outputs: { out: { kind: 'cond', dim: 1, rateHz: COND_RATE_HZ } },
  create: (ctx) =>
    perBlock(() => {
      const data = new Float32Array(maxCondFrames(ctx.maxBlockFrames, COND_RATE_HZ, ctx.sampleRate));
      ctx.foresee('out', () =>
        ctx.params.isSteady('value') ? Math.fround(ctx.params.get('value')) : Number.NaN,
      );
      const result = { out: { data, dim: 1, numFrames: 0 } };
      return ({ tick }) => {
        result.out.numFrames = condFramesIn(tick, COND_RATE_HZ, ctx.sampleRate);
        data.fill(ctx.params.get('value'), 0, result.out.numFrames);
        return result;
      };
    }),
});
