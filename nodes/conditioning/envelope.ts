import { condFrameAt, dbToGain, defineNode, maxCondFrames, perBlock } from '../../graph/index.js';
import { COND_RATE_HZ } from './cond-rate.js';

/** What a silent sound is in dB. */
const SILENCE_DB = -80;

const timeParam = <const L extends string>(label: L, defaultMs: number) =>
  ({
    type: 'float',
    label,
    unit: 'ms',
    min: 0.1,
    max: 10_000,
    default: defaultMs,
    warp: 'exp',
    smoothingMs: 0,
  }) as const;

/** The loudest channel counts; a value is that of the sample at which its frame falls, so it is not late. */
export const envelope = defineNode({
  type: 'envelope',
  role: 'transform',
  summary: 'Follows how loud a sound is: up as fast as the attack, down as slowly as the release.',
  params: {
    attackMs: timeParam('Attack: time for two thirds of a rise', 5),
    releaseMs: timeParam('Release: time for two thirds of a fall', 120),
    measure: { type: 'enum', label: 'What is followed', options: ['peak', 'rms'], default: 'peak' },
    scale: {
      type: 'enum',
      label: 'Amplitude from 0 on, or dB of full scale from -80 on',
      options: ['amplitude', 'db'],
      default: 'amplitude',
    },
  },
  inputs: { audio: { kind: 'audio', channels: 'follow' } },
  outputs: { out: { kind: 'cond', dim: 1, rateHz: COND_RATE_HZ } },
  create: (ctx) =>
    perBlock(() => {
      const data = new Float32Array(maxCondFrames(ctx.maxBlockFrames, COND_RATE_HZ, ctx.sampleRate));
      const result = { out: { data, dim: 1, numFrames: 0 } };
      const silence = dbToGain(SILENCE_DB);
      /** The loudest channel, frame by frame; and amplitude, or power where that is followed. Typed, so that no number is boxed. */
      const peaks = new Float32Array(ctx.maxBlockFrames);
      const level = new Float64Array(1);
      let wasPower = false;
      const shown = (amplitude: number, isInDb: boolean): number =>
        isInDb ? 20 * Math.log10(Math.max(silence, amplitude)) : amplitude;
      return ({ tick: { startFrame, numFrames }, in: { audio } }) => {
        const rise = shareOf(ctx.params.get('attackMs'), ctx.sampleRate);
        const fall = shareOf(ctx.params.get('releaseMs'), ctx.sampleRate);
        const isPower = ctx.params.get('measure') === 'rms';
        const isInDb = ctx.params.get('scale') === 'db';
        if (isPower !== wasPower) level[0] = isPower ? level[0]! ** 2 : Math.sqrt(level[0]!);
        wasPower = isPower;
        const { channels } = audio;
        let k = condFrameAt(startFrame, COND_RATE_HZ, ctx.sampleRate);
        let due = Math.ceil((k * ctx.sampleRate) / COND_RATE_HZ) - startFrame;
        let count = 0;
        peaks.fill(0, 0, numFrames);
        for (let c = 0; c < channels.length; c++) {
          const channel = channels[c]!;
          for (let i = 0; i < numFrames; i++) peaks[i] = Math.max(peaks[i]!, Math.abs(channel[i]!));
        }
        for (let i = 0; i < numFrames; i++) {
          const x = isPower ? peaks[i]! * peaks[i]! : peaks[i]!;
          level[0]! += (x > level[0]! ? rise : fall) * (x - level[0]!);
          if (i !== due) continue;
          data[count++] = shown(isPower ? Math.sqrt(level[0]!) : level[0]!, isInDb);
          k++;
          due = Math.ceil((k * ctx.sampleRate) / COND_RATE_HZ) - startFrame;
        }
        result.out.numFrames = count;
        return result;
      };
    }),
});

/** Of the way that is left, per frame. */
function shareOf(ms: number, sampleRate: number): number {
  return 1 - Math.exp(-1000 / (ms * sampleRate));
}
