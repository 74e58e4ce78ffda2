import { defineNode, perBlock } from '../../graph/index.js';
import { createAudioBlock } from '../audio-block.js';
import { monoLeftGain, monoRightGain, stereoMoveGain, stereoStayGain } from '../dsp/pan-law.js';

export const pan = defineNode({
  type: 'pan',
  role: 'transform',
  summary:
    'Places a mono sound between left and right, or leans a stereo sound to one side, at constant power.',
  params: {
    position: {
      type: 'float',
      label: 'Position',
      unit: 'none',
      min: -1,
      max: 1,
      default: 0,
      warp: 'lin',
      smoothingMs: 20,
    },
  },
  inputs: {
    audio: { kind: 'audio', channels: 'follow', label: 'Mono, or the first two channels as stereo' },
  },
  outputs: { audio: { kind: 'audio', channels: 2 } },
  create: (ctx) =>
    perBlock(() => {
      const out = createAudioBlock(2, ctx.maxBlockFrames);
      const left = out.channels[0]!;
      const right = out.channels[1]!;
      const positions = new Float32Array(ctx.maxBlockFrames);
      const result = { audio: out };

      const placeMono = (from: Float32Array, numFrames: number): void => {
        for (let i = 0; i < numFrames; i++) {
          left[i] = from[i]! * monoLeftGain(positions[i]!);
          right[i] = from[i]! * monoRightGain(positions[i]!);
        }
      };
      const leanStereo = (fromLeft: Float32Array, fromRight: Float32Array, numFrames: number): void => {
        for (let i = 0; i < numFrames; i++) {
          const position = positions[i]!;
          left[i] = fromLeft[i]! * stereoStayGain(position) + fromRight[i]! * stereoMoveGain(-position);
          right[i] = fromRight[i]! * stereoStayGain(-position) + fromLeft[i]! * stereoMoveGain(position);
        }
      };

      return ({ tick, in: { audio } }) => {
        ctx.params.ramp('position', positions, tick.numFrames);
        const [first, second] = audio.channels;
        if (second === undefined) placeMono(first!, tick.numFrames);
        else leanStereo(first!, second, tick.numFrames);
        return result;
      };
    }),
});
