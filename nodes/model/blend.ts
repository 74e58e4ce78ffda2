import { defineNode } from '../../graph/index.js';
import { blendParamOf } from './control-plan.js';
import {
  closeModel,
  modelActions,
  modelInputs,
  modelLatencyFrames,
  modelOutputs,
  modelParams,
  openModel,
  playModel,
  watchdogSetting,
} from './model-node.js';

const amount = {
  type: 'float',
  label: 'How much of model B: 0 is A alone, 1 is B alone',
  unit: 'ratio',
  min: 0,
  max: 1,
  default: 0.5,
  warp: 'lin',
  smoothingMs: 0,
} as const;

export const blend = defineNode({
  type: 'blend',
  role: 'source',
  summary:
    'Two SaShiMi models that sound as one: they hear the same, and each next sample is drawn from what both predict.',
  params: { ...modelParams, blend: amount },
  settings: {
    bundleA: { type: 'string', label: 'Model bundle: a name in models/zoo, or a path', default: 'shore' },
    bundleB: {
      type: 'string',
      label: 'Another of the same sample rate, quantiser and emphasis, and, where both take any, inputs',
      default: 'piano',
    },
    way: {
      type: 'enum',
      label:
        'mixture: either may say it, the mean of the probabilities; product: both must, that of their logarithms',
      options: ['mixture', 'product'],
      default: 'mixture',
    },
    watchdog: watchdogSetting,
  },
  actions: modelActions,
  inputs: modelInputs,
  outputs: modelOutputs,
  prepare: (ctx) => {
    const { bundleA, bundleB, way, watchdog } = ctx.settings;
    const second = { bundle: bundleB, mixing: way, isFirstDropped: false };
    return openModel(ctx, { bundle: bundleA, second, initialBlend: amount.default, watchdog });
  },
  latencyFrames: modelLatencyFrames,
  create: (ctx, model) => {
    const param = blendParamOf(ctx.params, 'blend');
    return playModel(ctx, model, { param, neutral: amount.default });
  },
  dispose: closeModel,
});
