import { defineNode, perBlock } from '../../graph/index.js';
import { SINK_DRIVERS } from './driver.js';
import { waitForSink } from './open-sink.js';

const nothing = {};

/**
 * The clock master: `prepare` opens the device as a SinkStream, whose `start` the engine calls.
 * A device that is named in the settings is waited for: `prepare` takes as long as it is away.
 */
export const speaker = defineNode({
  type: 'speaker',
  role: 'sink',
  summary: 'Plays its input on a sound device.',
  params: {},
  settings: {
    driver: { type: 'string', label: 'Driver, or auto', default: 'auto' },
    device: { type: 'string', label: 'Device, or empty for the default one', default: '' },
    channels: { type: 'number', label: 'Channels', min: 1, max: 64, default: 2 },
  },
  inputs: { audio: { kind: 'audio', channels: 'follow' } },
  outputs: {},
  prepare: ({ services, settings, sampleRate, maxBlockFrames }) =>
    waitForSink(services.get(SINK_DRIVERS), {
      driver: settings.driver,
      ...(settings.device === '' ? {} : { device: settings.device }),
      format: { sampleRate, channels: settings.channels, blockFrames: maxBlockFrames },
    }),
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
