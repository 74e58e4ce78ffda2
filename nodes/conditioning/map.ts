import { defineNode, maxCondFrames, perBlock } from '../../graph/index.js';
import { COND_RATE_HZ } from './cond-rate.js';

const MOST = 100_000;
const value = <const L extends string>(label: L, defaultValue: number) =>
  ({
    type: 'float',
    label,
    unit: 'none',
    min: -MOST,
    max: MOST,
    default: defaultValue,
    warp: 'lin',
    smoothingMs: 0,
  }) as const;

/** What comes before the range is taken for its beginning, what is beyond it for its end. */
export const map = defineNode({
  type: 'map',
  role: 'transform',
  summary:
    'Turns one range of conditioning into another, along a curve, smoothed: features that move params.',
  params: {
    inMin: value('Where the range that comes in begins', 0),
    inMax: value('Where it ends; below its beginning it is turned round', 1),
    outMin: value('What goes out at the beginning', 0),
    outMax: value('What goes out at the end', 1),
    curve: {
      type: 'float',
      label: 'Power of the way through the range: 1 is straight, above it starts slowly',
      unit: 'none',
      min: 0.1,
      max: 10,
      default: 1,
      warp: 'exp',
      smoothingMs: 0,
    },
    smoothMs: {
      type: 'float',
      label: 'Time for two thirds of a change',
      unit: 'ms',
      min: 0,
      max: 10_000,
      default: 20,
      warp: 'lin',
      smoothingMs: 0,
    },
  },
  inputs: { in: { kind: 'cond', dim: 1, rateHz: COND_RATE_HZ } },
  outputs: { out: { kind: 'cond', dim: 1, rateHz: COND_RATE_HZ } },
  create: (ctx) =>
    perBlock(() => {
      const data = new Float32Array(maxCondFrames(ctx.maxBlockFrames, COND_RATE_HZ, ctx.sampleRate));
      const result = { out: { data, dim: 1, numFrames: 0 } };
      let last = Number.NaN;
      return ({ in: inputs }) => {
        const from = inputs.in;
        const inMin = ctx.params.get('inMin');
        const width = ctx.params.get('inMax') - inMin;
        const outMin = ctx.params.get('outMin');
        const rise = ctx.params.get('outMax') - outMin;
        const curve = ctx.params.get('curve');
        const smoothMs = ctx.params.get('smoothMs');
        const share = smoothMs === 0 ? 1 : 1 - Math.exp(-1000 / (smoothMs * COND_RATE_HZ));
        for (let k = 0; k < from.numFrames; k++) {
          // A range of no width is a switch.
          const way = width === 0 ? (from.data[k]! < inMin ? 0 : 1) : (from.data[k]! - inMin) / width;
          const target = outMin + rise * Math.min(1, Math.max(0, way)) ** curve;
          last = Number.isNaN(last) ? target : last + share * (target - last);
          data[k] = last;
        }
        result.out.numFrames = from.numFrames;
        return result;
      };
    }),
});
