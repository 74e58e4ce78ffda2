import { defineNode, msToFrames, perBlock } from '../../graph/index.js';
import { createAudioBlock } from '../audio-block.js';
import { designResamplerFilter, lowLatencyQuality } from '../dsp/resampler-filter.js';
import { AUDIO_INPUTS, type AudioInputStream } from '../services.js';
import { levelParam, rampToGains } from '../transform/level.js';
import { SteadyInput, type SteadyInputOptions, steadyLatencyFrames } from './steady-input.js';

/** Of the edges of gaps. */
const FADE_MS = 4;
const CHANNELS = 2;

/** A device that comes late, or never, is no error: there is silence meanwhile. */
export const audioIn = defineNode({
  type: 'audio-in',
  role: 'source',
  summary: 'The input of the sound card; offline a recording of it, or silence.',
  params: { gainDb: levelParam('Gain') },
  settings: {
    device: {
      type: 'string',
      label: 'Input device: a part of its name; empty for the default one',
      default: '',
    },
    channels: {
      type: 'number',
      label: 'Channels of the device that are heard: 1, on both sides, or 2',
      min: 1,
      max: 2,
      default: 1,
    },
    firstChannel: {
      type: 'number',
      label: 'Which channel of the device is the first',
      min: 1,
      max: 64,
      default: 1,
    },
    marginMs: {
      type: 'number',
      label: 'How late sound may come from the device before there is a gap',
      min: 0,
      max: 500,
      default: 8,
    },
  },
  inputs: {},
  outputs: { audio: { kind: 'audio', channels: CHANNELS } },
  prepare: async ({ services, nodeId, mode, sampleRate, maxBlockFrames, settings }) => {
    const stream = await services.get(AUDIO_INPUTS).listen({
      nodeId,
      mode,
      sampleRate,
      device: settings.device,
      channels: settings.channels < 1.5 ? 1 : 2,
      firstChannel: Math.round(settings.firstChannel),
    });
    if (stream.isInStep) return { stream, steadying: undefined };
    const steadying: SteadyInputOptions = {
      channels: CHANNELS,
      sampleRate,
      maxBlockFrames,
      marginFrames: msToFrames(settings.marginMs, sampleRate),
      fadeFrames: msToFrames(FADE_MS, sampleRate),
      filter: designResamplerFilter(sampleRate, sampleRate, lowLatencyQuality),
    };
    return { stream, steadying };
  },
  latencyFrames: (_ctx, { stream, steadying }) =>
    steadying === undefined ? 0 : steadyLatencyFrames(stream, steadying),
  create: (ctx, { stream, steadying }) =>
    perBlock(() => {
      const steady = steadying === undefined ? undefined : new SteadyInput(stream, steadying);
      const out = createAudioBlock(CHANNELS, ctx.maxBlockFrames);
      const gains = new Float32Array(ctx.maxBlockFrames);
      const result = { audio: out };
      let hasBegun = false;
      let gaps = 0;
      return ({ tick: { startFrame, numFrames } }) => {
        if (!hasBegun) stream.begin(startFrame);
        hasBegun = true;
        if (steady === undefined) readInStep(stream, out.channels, numFrames);
        else steady.read(out.channels, numFrames);
        stream.tap?.(startFrame, out.channels, numFrames);
        ctx.params.ramp('gainDb', gains, numFrames);
        rampToGains(gains, numFrames);
        for (let c = 0; c < CHANNELS; c++) {
          const channel = out.channels[c]!;
          for (let i = 0; i < numFrames; i++) channel[i] = channel[i]! * gains[i]!;
        }
        if (steady !== undefined && steady.gaps > gaps) {
          gaps = steady.gaps;
          ctx.warn('NODE_INPUT_GAP', `${gaps} gaps in what was heard so far`);
        }
        const news = stream.takeNews();
        if (news !== undefined) ctx.warn(news.code, news.message);
        return result;
      };
    }),
  dispose: async ({ stream }) => {
    await stream.close();
  },
});

/** Sample for sample, without a fade: what was recorded has its own. */
function readInStep(stream: AudioInputStream, out: readonly Float32Array[], numFrames: number): void {
  const count = stream.read(out, numFrames);
  for (let c = 0; c < out.length; c++) out[c]!.fill(0, count, numFrames);
}
