import { type AudioPortSpec, defineNode, perBlock } from '../../graph/index.js';
import { createAudioBlock } from '../audio-block.js';
import { levelParam, rampToGains } from './level.js';

const input = { kind: 'audio', channels: 'follow', optional: true } as const satisfies AudioPortSpec;

/** Each input with its level, in the order in which they are summed. */
const lanes = [
  ['in1', 'level1Db'],
  ['in2', 'level2Db'],
  ['in3', 'level3Db'],
  ['in4', 'level4Db'],
  ['in5', 'level5Db'],
  ['in6', 'level6Db'],
  ['in7', 'level7Db'],
  ['in8', 'level8Db'],
] as const;

export const mix = defineNode({
  type: 'mix',
  role: 'transform',
  summary: 'Sums up to eight inputs, each at its level; a mono input goes to every channel.',
  params: {
    level1Db: levelParam('Level 1'),
    level2Db: levelParam('Level 2'),
    level3Db: levelParam('Level 3'),
    level4Db: levelParam('Level 4'),
    level5Db: levelParam('Level 5'),
    level6Db: levelParam('Level 6'),
    level7Db: levelParam('Level 7'),
    level8Db: levelParam('Level 8'),
  },
  inputs: {
    in1: input,
    in2: input,
    in3: input,
    in4: input,
    in5: input,
    in6: input,
    in7: input,
    in8: input,
  },
  outputs: { audio: { kind: 'audio', channels: 'follow' } },
  create: (ctx) =>
    perBlock(() => {
      const out = createAudioBlock(ctx.outputChannels('audio'), ctx.maxBlockFrames);
      const gains = new Float32Array(ctx.maxBlockFrames);
      const result = { audio: out };
      return ({ tick, in: inputs }) => {
        for (const channel of out.channels) channel.fill(0, 0, tick.numFrames);
        for (const [port, level] of lanes) {
          const { channels, isSilence } = inputs[port];
          if (isSilence) continue;
          ctx.params.ramp(level, gains, tick.numFrames);
          rampToGains(gains, tick.numFrames);
          for (let c = 0; c < out.channels.length; c++) {
            // A mono input goes everywhere; of another one, only the channels that it has.
            const from = channels.length === 1 ? channels[0] : channels[c];
            if (from === undefined) continue;
            const to = out.channels[c]!;
            for (let i = 0; i < tick.numFrames; i++) to[i]! += from[i]! * gains[i]!;
          }
        }
        return result;
      };
    }),
});
