/**
 * The file to copy for a new node. What the descriptor declares is all that presets, OSC and docs need;
 * `create` is called once per life of the node and returns an operator that answers every tick with one block.
 */
import { defineNode, msToFrames, perBlock } from '../../graph/index.js';
import { createAudioBlock } from '../audio-block.js';
import { Fade } from '../dsp/fade.js';
import { levelParam, rampToGains } from './level.js';

/** Switching mute is a fade, too: nothing that is done live may click. */
const MUTE_FADE_MS = 10;

export const gain = defineNode({
  type: 'gain',
  role: 'transform',
  summary: 'Scales every channel by a smoothed gain, and mutes.',
  params: {
    gainDb: levelParam('Gain'),
    mute: { type: 'bool', label: 'Mute', default: false },
  },
  inputs: { audio: { kind: 'audio', channels: 'follow' } },
  outputs: { audio: { kind: 'audio', channels: 'follow' } },
  create: (ctx) =>
    // Everything with a memory is born here, on subscribe, so that a restart starts clean.
    perBlock(() => {
      const out = createAudioBlock(ctx.outputChannels('audio'), ctx.maxBlockFrames);
      const gains = new Float32Array(ctx.maxBlockFrames);
      const unmuted = new Fade(msToFrames(MUTE_FADE_MS, ctx.sampleRate), ctx.params.get('mute') ? 0 : 1);
      const result = { audio: out };
      return ({ tick, in: { audio } }) => {
        ctx.params.ramp('gainDb', gains, tick.numFrames);
        rampToGains(gains, tick.numFrames);
        unmuted.scale(gains, tick.numFrames, ctx.params.get('mute') ? 0 : 1);
        for (let c = 0; c < out.channels.length; c++) {
          const from = audio.channels[c]!;
          const to = out.channels[c]!;
          for (let i = 0; i < tick.numFrames; i++) to[i] = from[i]! * gains[i]!;
        }
        return result;
      };
    }),
});
