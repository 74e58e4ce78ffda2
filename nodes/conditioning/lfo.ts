import { condFrameAt, defineNode, maxCondFrames, perBlock } from '../../graph/index.js';
import { lfoShapes, lfoValue } from '../dsp/lfo-shapes.js';
import { COND_RATE_HZ } from './cond-rate.js';

/** How far ahead its value is known: for ever, as long as no param is moved, since it depends on cycles and seed only. */
export const lfo = defineNode({
  type: 'lfo',
  role: 'source',
  summary: 'A slow oscillator as conditioning: offset plus depth times a shape between -1 and 1.',
  params: {
    shape: { type: 'enum', label: 'Shape', options: lfoShapes, default: 'sine' },
    rateHz: {
      type: 'float',
      label: 'Rate',
      unit: 'hz',
      min: 0.001,
      max: 50,
      default: 0.1,
      warp: 'exp',
      smoothingMs: 20,
    },
    depth: {
      type: 'float',
      label: 'Depth',
      unit: 'ratio',
      min: 0,
      max: 1,
      default: 1,
      warp: 'lin',
      smoothingMs: 20,
    },
    offset: {
      type: 'float',
      label: 'Offset',
      unit: 'none',
      min: -1,
      max: 1,
      default: 0,
      warp: 'lin',
      smoothingMs: 20,
    },
    phase: {
      type: 'float',
      label: 'Phase, in cycles',
      unit: 'ratio',
      min: 0,
      max: 1,
      default: 0,
      warp: 'lin',
      smoothingMs: 20,
    },
  },
  actions: {
    restart: { label: 'Restart', description: 'Begins a cycle now, for example on a beat.', args: [] },
  },
  inputs: {},
  outputs: { out: { kind: 'cond', dim: 1, rateHz: COND_RATE_HZ } },
  create: (ctx) =>
    perBlock(() => {
      const data = new Float32Array(maxCondFrames(ctx.maxBlockFrames, COND_RATE_HZ, ctx.sampleRate));
      const ramps = {
        rateHz: new Float32Array(ctx.maxBlockFrames),
        depth: new Float32Array(ctx.maxBlockFrames),
        offset: new Float32Array(ctx.maxBlockFrames),
        phase: new Float32Array(ctx.maxBlockFrames),
      };
      const result = { out: { data, dim: 1, numFrames: 0 } };
      let cycles = 0;
      ctx.onAction('restart', () => {
        cycles = 0;
        return undefined;
      });
      return ({ tick }) => {
        const { startFrame, numFrames } = tick;
        ctx.params.ramp('rateHz', ramps.rateHz, numFrames);
        ctx.params.ramp('depth', ramps.depth, numFrames);
        ctx.params.ramp('offset', ramps.offset, numFrames);
        ctx.params.ramp('phase', ramps.phase, numFrames);
        const first = condFrameAt(startFrame, COND_RATE_HZ, ctx.sampleRate);
        const end = condFrameAt(startFrame + numFrames, COND_RATE_HZ, ctx.sampleRate);
        for (let k = first; k < end; k++) {
          // The engine frame inside this tick at which conditioning frame k falls.
          const exact = (k * ctx.sampleRate) / COND_RATE_HZ - startFrame;
          const i = Math.min(numFrames - 1, Math.ceil(exact));
          const shape = lfoValue(ctx.params.get('shape'), cycles + ramps.phase[i]!, ctx.seed);
          data[k - first] = ramps.offset[i]! + ramps.depth[i]! * shape;
          cycles += ramps.rateHz[i]! / COND_RATE_HZ;
        }
        result.out.numFrames = end - first;
        return result;
      };
    }),
});
