import { defineNode, perBlock } from '../../graph/index.js';
import { openNull } from './drivers/null.js';

const nothing = {};

/** The clock master where there is no device: `prepare` makes a SinkStream, whose `start` the engine calls. */
export const nullSink = defineNode({
  type: 'null',
  role: 'sink',
  summary: 'Takes its input in time and plays it to nobody: the clock where there is no sound card.',
  params: {},
  inputs: { audio: { kind: 'audio', channels: 'follow' } },
  outputs: {},
  prepare: async ({ sampleRate, maxBlockFrames }) =>
    openNull({ sampleRate, channels: 1, blockFrames: maxBlockFrames }),
  create: (ctx, stream) =>
    perBlock(() => {
      let xruns = 0;
      return ({ tick, in: { audio } }) => {
        stream.write(audio, tick.numFrames);
        if (stream.xruns > xruns) {
          xruns = stream.xruns;
          ctx.warn('SINK_XRUN', `${xruns} late blocks so far`);
        }
        return nothing;
      };
    }),
  dispose: (stream) => stream.close(),
});
