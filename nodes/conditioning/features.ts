import {
  condFrameAt,
  defineNode,
  type EventBlock,
  type GraphEvent,
  maxCondFrames,
  perBlock,
} from '../../graph/index.js';
import { Resampler } from '../dsp/resampler.js';
import { designResamplerFilter, lowLatencyQuality } from '../dsp/resampler-filter.js';
import { FEATURE_DELAYS, FEATURE_RATE, MEL_BANDS, SoundFeatures } from '../dsp/sound-features.js';
import { COND_RATE_HZ } from './cond-rate.js';

/** A look at the sound for every second conditioning frame: each 4 ms. */
const FRAMES_PER_LOOK = 2;
/** The log-mel bands come each 8 ms. */
const MEL_RATE_HZ = 125;
const FRAMES_PER_MEL = COND_RATE_HZ / MEL_RATE_HZ;
/** Looks in a tick at most: as many events may be in a block. */
const MOST_EVENTS = 64;
/** An onset of this strength has velocity 1. */
const FULL_STRENGTH = 3;

/** The delay of the resampler, 1 ms, is in it. */
function late(frames: number): string {
  return `${Math.round((frames + lowLatencyQuality.lobes) / (FEATURE_RATE / 1000))} ms late`;
}

const condPort = (label: string) => ({ kind: 'cond', dim: 1, rateHz: COND_RATE_HZ, label }) as const;

export const features = defineNode({
  type: 'features',
  role: 'transform',
  summary: 'Listens to a sound: pitch, loudness, brightness, onsets and log-mel bands, as conditioning.',
  params: {
    weighting: {
      type: 'enum',
      label: 'Weighting of the loudness: none, or that of ITU-R BS.1770',
      options: ['none', 'k'],
      default: 'none',
    },
    onsetThreshold: {
      type: 'float',
      label: 'How far the bands must rise for an onset, in nepers on average',
      unit: 'none',
      min: 0.05,
      max: 5,
      default: 0.5,
      warp: 'exp',
      smoothingMs: 0,
    },
  },
  inputs: { audio: { kind: 'audio', channels: 'follow' } },
  outputs: {
    f0: condPort(
      `Pitch in Hz, 55 to 1000; the last one where there is none, 0 at first. ${late(FEATURE_DELAYS.f0)}`,
    ),
    voiced: condPort(`1 where there is a pitch, else 0. ${late(FEATURE_DELAYS.f0)}`),
    loudness: condPort(`RMS of 25 ms in dB of full scale, -100 and more. ${late(FEATURE_DELAYS.loudness)}`),
    centroid: condPort(
      `Centre of the spectrum in Hz, 0 where it is silent. ${late(FEATURE_DELAYS.centroid)}`,
    ),
    onset: condPort(`How far the bands rise, in nepers, 0 and more. At most ${late(FEATURE_DELAYS.onset)}`),
    onsets: {
      kind: 'event',
      label: `A trigger where something begins; velocity by its strength. At most ${late(FEATURE_DELAYS.onset)}`,
    },
    mel: {
      kind: 'cond',
      dim: MEL_BANDS,
      rateHz: MEL_RATE_HZ,
      label: `ln of the amplitude in 40 mel bands from 40 to 7600 Hz, -9.2 and more. ${late(FEATURE_DELAYS.mel)}`,
    },
  },
  // Of the sound it listens to; each output says itself how late it is.
  latencyFrames: () => 0,
  prepare: async (ctx) => ({
    filter: designResamplerFilter(ctx.sampleRate, FEATURE_RATE, lowLatencyQuality),
  }),
  create: (ctx, { filter }) =>
    perBlock(() => {
      const listener = new SoundFeatures();
      const mono = [new Float32Array(ctx.maxBlockFrames)];
      const resampler = new Resampler({ channels: 1, filter, maxInputFrames: ctx.maxBlockFrames });
      const mostHeard = Math.ceil((ctx.maxBlockFrames * FEATURE_RATE) / ctx.sampleRate) + 2;
      const heard = [new Float32Array(mostHeard)];
      const most = maxCondFrames(ctx.maxBlockFrames, COND_RATE_HZ, ctx.sampleRate);
      const port = () => ({ data: new Float32Array(most), dim: 1, numFrames: 0 });
      const mel = {
        data: new Float32Array(MEL_BANDS * maxCondFrames(ctx.maxBlockFrames, MEL_RATE_HZ, ctx.sampleRate)),
        dim: MEL_BANDS,
        numFrames: 0,
      };
      const events: GraphEvent[] = Array.from({ length: MOST_EVENTS }, () => ({
        frameOffset: 0,
        type: 'trigger',
        pitch: 0,
        velocity: 0,
        id: 0,
      }));
      const onsets = { events, count: 0 };
      const result = {
        f0: port(),
        voiced: port(),
        loudness: port(),
        centroid: port(),
        onset: port(),
        onsets: onsets as EventBlock,
        mel,
      };

      const listen = (from: number, to: number, isWeighted: boolean): void => {
        if (to <= from) return;
        resampler.push(mono, from, to - from);
        const count = resampler.pull(heard, 0, mostHeard);
        listener.push(heard[0]!, count, isWeighted);
      };
      const look = (offset: number, isWeighted: boolean): void => {
        listener.look(isWeighted);
        if (!listener.isOnset || listener.onsetStrength < ctx.params.get('onsetThreshold')) return;
        listener.rest();
        if (onsets.count === MOST_EVENTS) return;
        const event = events[onsets.count++]!;
        event.frameOffset = offset;
        event.velocity = Math.min(1, listener.onsetStrength / FULL_STRENGTH);
      };

      return ({ tick, in: { audio } }) => {
        const { startFrame, numFrames } = tick;
        const isWeighted = ctx.params.get('weighting') === 'k';
        meanOf(audio.channels, mono[0]!, numFrames);
        const first = condFrameAt(startFrame, COND_RATE_HZ, ctx.sampleRate);
        const end = condFrameAt(startFrame + numFrames, COND_RATE_HZ, ctx.sampleRate);
        onsets.count = 0;
        mel.numFrames = 0;
        let heardUpTo = 0;
        for (let k = first; k < end; k++) {
          const offset = Math.ceil((k * ctx.sampleRate) / COND_RATE_HZ) - startFrame;
          listen(heardUpTo, offset, isWeighted);
          heardUpTo = offset;
          if (k % FRAMES_PER_LOOK === 0) look(Math.min(offset, numFrames - 1), isWeighted);
          const i = k - first;
          result.f0.data[i] = listener.f0;
          result.voiced.data[i] = listener.isTone ? 1 : 0;
          result.loudness.data[i] = listener.loudnessDb;
          result.centroid.data[i] = listener.centroidHz;
          result.onset.data[i] = listener.onsetStrength;
          if (k % FRAMES_PER_MEL === 0) mel.data.set(listener.mel, MEL_BANDS * mel.numFrames++);
        }
        listen(heardUpTo, numFrames, isWeighted);
        const count = end - first;
        result.f0.numFrames = count;
        result.voiced.numFrames = count;
        result.loudness.numFrames = count;
        result.centroid.numFrames = count;
        result.onset.numFrames = count;
        return result;
      };
    }),
});

function meanOf(channels: readonly Float32Array[], out: Float32Array, numFrames: number): void {
  for (let i = 0; i < numFrames; i++) {
    let sum = 0;
    for (let c = 0; c < channels.length; c++) sum += channels[c]![i]!;
    out[i] = sum / channels.length;
  }
}
