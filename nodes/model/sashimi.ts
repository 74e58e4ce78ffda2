import { defineNode } from '../../graph/index.js';
import { GUIDANCE } from '../../models/index.js';
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

const guidance = {
  type: 'float',
  label:
    'How closely it follows its inputs, where the setting guidance is on: 0 not at all, 1 as it was trained',
  unit: 'ratio',
  min: 0,
  max: 4,
  default: 1,
  warp: 'lin',
  smoothingMs: 0,
} as const;

export const sashimi = defineNode({
  type: 'sashimi',
  role: 'source',
  summary:
    'A SaShiMi model that makes sound, one sample at a time; notes, classes or speech steer one that was trained for them.',
  params: { ...modelParams, guidance },
  settings: {
    bundle: { type: 'string', label: 'Model bundle: a name in models/zoo, or a path', default: 'shore' },
    guidance: {
      type: 'bool',
      label: 'Step the model twice, with its inputs and without, so that guidance works',
      default: false,
    },
    watchdog: watchdogSetting,
  },
  actions: modelActions,
  inputs: modelInputs,
  outputs: modelOutputs,
  prepare: (ctx) => {
    const { bundle, watchdog } = ctx.settings;
    if (!ctx.settings.guidance) return openModel(ctx, { bundle, watchdog });
    return openModel(ctx, {
      bundle,
      second: { bundle, ...GUIDANCE },
      initialBlend: guidance.default,
      watchdog,
    });
  },
  latencyFrames: modelLatencyFrames,
  create: (ctx, model) => {
    const param = blendParamOf(ctx.params, 'guidance');
    return playModel(ctx, model, { param, neutral: guidance.default });
  },
  dispose: closeModel,
});
