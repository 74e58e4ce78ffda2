import { defineNode, msToFrames, perBlock } from '../../graph/index.js';
import { createAudioBlock } from '../audio-block.js';
import { type GrainControls, Granulator } from '../dsp/granulator.js';

const MAX_GRAIN_MS = 250;
const SPLICE_MS = 10;

/** All but `mix` are read when a grain starts; the grains' windows do the smoothing. */
export const granulate = defineNode({
  type: 'granulate',
  role: 'transform',
  summary: 'Plays overlapping grains of the last seconds: stretched, frozen, transposed, scattered.',
  params: {
    grainMs: {
      type: 'float',
      label: 'Grain size',
      unit: 'ms',
      min: 10,
      max: MAX_GRAIN_MS,
      default: 120,
      warp: 'exp',
      smoothingMs: 0,
    },
    overlap: {
      type: 'float',
      label: 'Grains at a time',
      unit: 'ratio',
      min: 0.25,
      max: 8,
      default: 4,
      warp: 'exp',
      smoothingMs: 0,
    },
    stretch: {
      type: 'float',
      label: 'Speed of the read head; 1 is live, 0 stands still',
      unit: 'ratio',
      min: 0,
      max: 2,
      default: 1,
      warp: 'lin',
      smoothingMs: 0,
    },
    pitchSemitones: {
      type: 'float',
      label: 'Pitch',
      unit: 'semitones',
      min: -24,
      max: 24,
      default: 0,
      warp: 'lin',
      smoothingMs: 0,
    },
    sprayMs: {
      type: 'float',
      label: 'Scatter of the grains around the read head',
      unit: 'ms',
      min: 0,
      max: 1000,
      default: 20,
      warp: 'lin',
      smoothingMs: 0,
    },
    mix: {
      type: 'float',
      label: 'Dry to grains',
      unit: 'ratio',
      min: 0,
      max: 1,
      default: 1,
      warp: 'lin',
      smoothingMs: 20,
    },
    freeze: { type: 'bool', label: 'Hold what sounds now', default: false },
  },
  settings: {
    captureSeconds: { type: 'number', label: 'Seconds that are kept', min: 2, max: 60, default: 8 },
  },
  inputs: { audio: { kind: 'audio', channels: 'follow' } },
  outputs: { audio: { kind: 'audio', channels: 'follow' } },
  create: (ctx) =>
    perBlock(() => {
      const channels = ctx.outputChannels('audio');
      const out = createAudioBlock(channels, ctx.maxBlockFrames);
      const mix = new Float32Array(ctx.maxBlockFrames);
      const maxGrainFrames = msToFrames(MAX_GRAIN_MS, ctx.sampleRate);
      const granulator = new Granulator({
        channels,
        captureFrames: Math.round(ctx.settings.captureSeconds * ctx.sampleRate),
        maxGrainFrames,
        maxBlockFrames: ctx.maxBlockFrames,
        spliceFrames: msToFrames(SPLICE_MS, ctx.sampleRate),
        seed: ctx.seed,
      });
      const controls: GrainControls = {
        grainFrames: maxGrainFrames,
        overlap: 1,
        stretch: 1,
        pitchRatio: 1,
        sprayFrames: 0,
        isFrozen: false,
      };
      const result = { audio: out };
      return ({ tick, in: { audio } }) => {
        controls.grainFrames = msToFrames(ctx.params.get('grainMs'), ctx.sampleRate);
        controls.overlap = ctx.params.get('overlap');
        controls.stretch = ctx.params.get('stretch');
        controls.pitchRatio = 2 ** (ctx.params.get('pitchSemitones') / 12);
        controls.sprayFrames = msToFrames(ctx.params.get('sprayMs'), ctx.sampleRate);
        controls.isFrozen = ctx.params.get('freeze');
        granulator.process(audio.channels, out.channels, controls, tick.numFrames);

        ctx.params.ramp('mix', mix, tick.numFrames);
        for (let c = 0; c < channels; c++) {
          const dry = audio.channels[c]!;
          const wet = out.channels[c]!;
          for (let i = 0; i < tick.numFrames; i++) {
            // Equal power: dry and grains have little in common once they are scattered.
            const angle = (mix[i]! * Math.PI) / 2;
            wet[i] = dry[i]! * Math.cos(angle) + wet[i]! * Math.sin(angle);
          }
        }
        return result;
      };
    }),
});
