import { defineNode, perBlock } from '../../graph/index.js';
import { chooseDriver } from './choose-driver.js';
import { SINK_DRIVERS } from './driver.js';

const nothing = {};

/** The clock master: `prepare` opens the device as a SinkStream, whose `start` the engine calls. */
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
  prepare: async ({ services, settings, sampleRate, maxBlockFrames }) => {
    const device = settings.device === '' ? undefined : settings.device;
    const driver = await chooseDriver(services.get(SINK_DRIVERS), settings.driver, device);
    return driver.open({ sampleRate, channels: settings.channels, blockFrames: maxBlockFrames }, device);
  },
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
