import { defineNode, maxCondFrames, type ParamSpec, perBlock } from '../../graph/index.js';
import { MAX_CLASSES, ROW_RATE_HZ } from '../model/row-feeds.js';
import { ClassWeights } from './class-weights.js';

/** From nothing to all of a class, when it is set at a stroke. */
const FULL_CHANGE_MS = 60;

type WeightName = `weight${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8}` | `weight${9 | 10 | 11 | 12 | 13 | 14 | 15 | 16}`;

const names = Array.from({ length: MAX_CLASSES }, (_, i) => `weight${i + 1}` as WeightName);

const weight = (number: number) =>
  ({
    type: 'float',
    label: `Share of class ${number} of the model in the power of the sound`,
    unit: 'ratio',
    min: 0,
    max: 1,
    default: number === 1 ? 1 : 0,
    warp: 'lin',
    // Smoothed in the rows, so that what an LFO does stays known ahead.
    smoothingMs: 0,
  }) as const satisfies ParamSpec;

export const classes = defineNode({
  type: 'classes',
  role: 'source',
  summary:
    'Weights of the classes of a model, in the order of its labels: which of its sounds, and how they mix.',
  params: Object.fromEntries(names.map((name, i) => [name, weight(i + 1)])) as Record<
    WeightName,
    ReturnType<typeof weight>
  >,
  inputs: {},
  outputs: { weights: { kind: 'cond', dim: MAX_CLASSES, rateHz: ROW_RATE_HZ } },
  create: (ctx) =>
    perBlock(() => {
      const maxRows = maxCondFrames(ctx.maxBlockFrames, ROW_RATE_HZ, ctx.sampleRate);
      const data = new Float32Array(maxRows * MAX_CLASSES);
      const mostChange = 1000 / (FULL_CHANGE_MS * ROW_RATE_HZ);
      let tickEnd = 0;
      const weights = new ClassWeights(
        MAX_CLASSES,
        maxRows,
        mostChange,
        ROW_RATE_HZ,
        ctx.sampleRate,
        (i, frame) => {
          const name = names[i]!;
          const value = ctx.params.ahead(name, frame);
          return Number.isNaN(value) && frame < tickEnd ? ctx.params.get(name) : value;
        },
      );
      ctx.foreseeRows('weights', (index, out) => weights.rowAt(index, out));
      const result = { weights: { data, dim: MAX_CLASSES, numFrames: 0 } };
      return ({ tick }) => {
        tickEnd = tick.startFrame + tick.numFrames;
        result.weights.numFrames = weights.advance(tick.startFrame, tick.numFrames, data);
        return result;
      };
    }),
});
