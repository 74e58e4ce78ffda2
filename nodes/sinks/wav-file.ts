import { type AudioBlock, defineNode, perBlock } from '../../graph/index.js';
import { SAMPLE_FORMATS } from './sample-format.js';
import { WavWriter } from './wav-writer.js';

const nothing = {};

/** No clock of its own: offline it takes what comes, live it follows the sink that has one. */
export const wavFile = defineNode({
  type: 'wav-file',
  role: 'sink',
  summary: 'Writes its input to a WAVE file that is playable at every moment, past 4 GB as RF64.',
  params: {},
  settings: {
    path: { type: 'string', label: 'File' },
    format: { type: 'enum', label: 'Sample format', options: SAMPLE_FORMATS, default: '24' },
    comment: { type: 'string', label: 'Comment', default: 'This sound was made by a neural audio model.' },
    software: { type: 'string', label: 'Software', default: 'sashimi-live' },
  },
  inputs: { audio: { kind: 'audio', channels: 'follow' } },
  outputs: {},
  prepare: async ({ settings, seed, mode }) =>
    WavWriter.open({
      path: settings.path,
      info: { software: settings.software, comment: settings.comment },
      seed,
      mode,
    }),
  create: (ctx, writer) => {
    writer.begin({
      sampleRate: ctx.sampleRate,
      channels: ctx.inputChannels('audio'),
      sampleFormat: ctx.settings.format,
    });
    return perBlock(() => {
      let dropped = 0;
      let hasFailed = false;
      return ({ tick, in: { audio } }: { tick: { numFrames: number }; in: { audio: AudioBlock } }) => {
        writer.write(audio, tick.numFrames);
        if (writer.failure !== undefined && !hasFailed) {
          hasFailed = true;
          ctx.warn('SINK_WRITE', `${ctx.settings.path}: ${writer.failure.message}`);
        }
        if (writer.droppedFrames > dropped && !hasFailed) {
          dropped = writer.droppedFrames;
          ctx.warn('SINK_OVERFLOW', `${dropped} frames were left out of ${ctx.settings.path}`);
        }
        return nothing;
      };
    });
  },
  dispose: (writer) => writer.close(),
});
