import { dbToGain, defineNode, msToFrames, perBlock } from '../../graph/index.js';
import { createAudioBlock } from '../audio-block.js';
import { Limiter } from '../dsp/limiter.js';

const LOOK_AHEAD_MS = 1.5;

function lookAheadFrames(sampleRate: number): number {
  return Math.max(1, msToFrames(LOOK_AHEAD_MS, sampleRate));
}

export const limiter = defineNode({
  type: 'limiter',
  role: 'transform',
  summary:
    'Keeps every sample under a ceiling by turning down ahead of peaks; guards against NaN and infinity.',
  params: {
    ceilingDb: {
      type: 'float',
      label: 'Ceiling',
      unit: 'db',
      min: -24,
      max: 0,
      default: -1,
      warp: 'lin',
      smoothingMs: 20,
    },
    releaseMs: {
      type: 'float',
      label: 'Release',
      unit: 'ms',
      min: 5,
      max: 2000,
      default: 80,
      warp: 'exp',
      smoothingMs: 0,
    },
  },
  inputs: { audio: { kind: 'audio', channels: 'follow' } },
  outputs: { audio: { kind: 'audio', channels: 'follow' } },
  latencyFrames: (ctx) => lookAheadFrames(ctx.sampleRate),
  create: (ctx) =>
    perBlock(() => {
      const channels = ctx.outputChannels('audio');
      const out = createAudioBlock(channels, ctx.maxBlockFrames);
      const ceiling = new Float64Array(ctx.maxBlockFrames);
      const ceilingDb = new Float32Array(ctx.maxBlockFrames);
      const maths = new Limiter({ channels, latencyFrames: lookAheadFrames(ctx.sampleRate) });
      const result = { audio: out };
      let toldFrames = 0;
      return ({ tick, in: { audio } }) => {
        ctx.params.ramp('ceilingDb', ceilingDb, tick.numFrames);
        for (let i = 0; i < tick.numFrames; i++) {
          const isSame = i > 0 && ceilingDb[i] === ceilingDb[i - 1];
          ceiling[i] = isSame ? ceiling[i - 1]! : dbToGain(ceilingDb[i]!);
        }
        const releaseFrames = (ctx.params.get('releaseMs') * ctx.sampleRate) / 1000;
        const releaseCoefficient = Math.exp(-1 / releaseFrames);
        maths.process(audio.channels, out.channels, ceiling, releaseCoefficient, tick.numFrames);
        if (maths.notFiniteFrames > toldFrames) {
          toldFrames = maths.notFiniteFrames;
          ctx.warn('NODE_NOT_FINITE', `${toldFrames} frames so far were no finite numbers`);
        }
        return result;
      };
    }),
});
