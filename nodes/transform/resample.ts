import { defineNode, perBlock } from '../../graph/index.js';
import { createAudioBlock } from '../audio-block.js';
import { Resampler } from '../dsp/resampler.js';
import {
  delayInOutputFrames,
  designResamplerFilter,
  fineQuality,
  lowLatencyQuality,
} from '../dsp/resampler-filter.js';

export const resample = defineNode({
  type: 'resample',
  role: 'transform',
  summary:
    'The sound of a converter: takes the signal to another rate and back, through band-limiting filters.',
  params: {},
  settings: {
    rateHz: { type: 'number', label: 'Rate in between, whole Hz', min: 1000, max: 192000, default: 16000 },
    quality: {
      type: 'enum',
      label: 'Sharp filters, or half their delay',
      options: ['fine', 'low-latency'],
      default: 'fine',
    },
  },
  inputs: { audio: { kind: 'audio', channels: 'follow' } },
  outputs: { audio: { kind: 'audio', channels: 'follow' } },
  prepare: async (ctx) => {
    // In whole Hz the two ratios are exact inverses, so that the way back always has what it needs.
    const rate = Math.round(ctx.settings.rateHz);
    const quality = ctx.settings.quality === 'fine' ? fineQuality : lowLatencyQuality;
    return {
      there: designResamplerFilter(ctx.sampleRate, rate, quality),
      back: designResamplerFilter(rate, ctx.sampleRate, quality),
    };
  },
  latencyFrames: (_ctx, { there, back }) => Math.round(there.delayFrames + delayInOutputFrames(back)),
  create: (ctx, { there, back }) =>
    perBlock(() => {
      const channels = ctx.outputChannels('audio');
      const out = createAudioBlock(channels, ctx.maxBlockFrames);
      const maxBetweenFrames = Math.ceil((ctx.maxBlockFrames * there.denominator) / there.step) + 1;
      const between = createAudioBlock(channels, maxBetweenFrames);
      const down = new Resampler({ channels, filter: there, maxInputFrames: ctx.maxBlockFrames });
      const up = new Resampler({ channels, filter: back, maxInputFrames: maxBetweenFrames });
      const result = { audio: out };
      return ({ tick, in: { audio } }) => {
        down.push(audio.channels, 0, tick.numFrames);
        up.push(between.channels, 0, down.pull(between.channels, 0, maxBetweenFrames));
        up.pull(out.channels, 0, tick.numFrames);
        return result;
      };
    }),
});
