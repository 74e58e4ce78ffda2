import { defineNode, perBlock } from '../../graph/index.js';
import { createAudioBlock } from '../audio-block.js';
import { PanMatrix } from '../dsp/pan-law.js';

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
      const isMono = ctx.inputChannels('audio') === 1;
      const out = createAudioBlock(2, ctx.maxBlockFrames);
      const left = out.channels[0]!;
      const right = out.channels[1]!;
      const positions = new Float32Array(ctx.maxBlockFrames);
      const result = { audio: out };

      const matrix = new PanMatrix();
      let position = Number.NaN;
      return ({ tick, in: { audio } }) => {
        ctx.params.ramp('position', positions, tick.numFrames);
        const first = audio.channels[0]!;
        const second = audio.channels[1] ?? first;
        for (let i = 0; i < tick.numFrames; i++) {
          if (positions[i] !== position) {
            position = positions[i]!;
            if (isMono) matrix.placeMono(position);
            else matrix.leanStereo(position);
          }
          left[i] = first[i]! * matrix.leftToLeft + second[i]! * matrix.rightToLeft;
          right[i] = first[i]! * matrix.leftToRight + second[i]! * matrix.rightToRight;
        }
        return result;
      };
    }),
});
