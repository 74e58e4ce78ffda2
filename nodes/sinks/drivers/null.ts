/** A device that is always there and plays to nobody, in time. */
import { BlockClock, type TimeSource } from '../clock.js';
import type { SinkDriver, SinkFormat, SinkStream } from '../driver.js';

export function nullDriver(time?: TimeSource): SinkDriver {
  return {
    name: 'null',
    probe: async () => ({ available: true }),
    devices: async () => [],
    open: async (format) => openNull(format, time),
  };
}

export function openNull({ sampleRate, blockFrames }: SinkFormat, time?: TimeSource): SinkStream {
  const clock = new BlockClock(sampleRate, blockFrames, time);
  return {
    latencyFrames: 0,
    get xruns() {
      return clock.xruns;
    },
    description: 'null (clocked, plays to nobody)',
    start: (demand) => clock.start(demand),
    write: () => undefined,
    close: async () => clock.stop(),
  };
}
