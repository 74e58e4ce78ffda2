import { condFrameAt, defineNode, maxCondFrames, perBlock } from '../../graph/index.js';
import { lfoShapes, lfoValue } from '../dsp/lfo-shapes.js';
import { COND_RATE_HZ } from './cond-rate.js';

/** Known ahead for ever, as long as no param moves, since it depends on cycles and seed only. */
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
      // The cycles since a conditioning frame at which the rate changed: any later one is known in one step, and comes
      // out the same whenever it is asked for.
      let anchor = 0;
      let anchorCycles = 0;
      let anchorHz = 0;
      let isRestarting = true;
      const cyclesAt = (index: number): number => anchorCycles + ((index - anchor) * anchorHz) / COND_RATE_HZ;
      const latest = { shape: '', depth: 0, offset: 0, phase: 0 };
      /** The conditioning frame from which on nothing has changed: what is so now was never so before. */
      let settled = 0;
      /** The params at frame `i` of the tick hold from conditioning frame `index` on. */
      const follow = (index: number, i: number): void => {
        const shape = ctx.params.get('shape');
        const isSame =
          ramps.rateHz[i]! === anchorHz &&
          ramps.depth[i]! === latest.depth &&
          ramps.offset[i]! === latest.offset &&
          ramps.phase[i]! === latest.phase &&
          shape === latest.shape;
        if (!isSame) settled = index;
        latest.shape = shape;
        if (ramps.rateHz[i]! !== anchorHz) {
          anchorCycles = cyclesAt(index);
          anchor = index;
          anchorHz = ramps.rateHz[i]!;
        }
        latest.depth = ramps.depth[i]!;
        latest.offset = ramps.offset[i]!;
        latest.phase = ramps.phase[i]!;
      };
      const valueAt = (index: number): number => {
        const shape = lfoValue(ctx.params.get('shape'), cyclesAt(index) + latest.phase, ctx.seed);
        return Math.fround(latest.offset + latest.depth * shape);
      };
      ctx.onAction('restart', () => {
        isRestarting = true;
        return undefined;
      });
      ctx.foresee('out', (index) => {
        const isSteady =
          !isRestarting &&
          ctx.params.isSteady('rateHz') &&
          ctx.params.isSteady('depth') &&
          ctx.params.isSteady('offset') &&
          ctx.params.isSteady('phase');
        return isSteady ? valueAt(Math.max(index, settled)) : Number.NaN;
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
          if (isRestarting) anchorCycles = anchorHz = 0;
          isRestarting = false;
          follow(k, i);
          data[k - first] = valueAt(k);
        }
        // What is foreseen begins where this tick ends, also when no conditioning frame fell since a ramp arrived.
        follow(end, numFrames - 1);
        result.out.numFrames = end - first;
        return result;
      };
    }),
});
