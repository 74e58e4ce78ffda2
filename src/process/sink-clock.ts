/** Who asks the engine for blocks: the sink itself, or a null stream where the sink has no clock of its own. */
import type { SinkDrivers, SinkFormat, SinkStream } from '../../nodes/index.js';

/** What a clock is asked for. A SinkStream has it. */
export type SinkClock = Pick<SinkStream, 'latencyFrames' | 'xruns' | 'description' | 'start' | 'close'>;

/** `resources` is what the sink node's `prepare` made. A file has no clock: it follows a null stream. */
export async function openSinkClock(
  resources: unknown,
  description: string,
  drivers: SinkDrivers,
  format: SinkFormat,
): Promise<SinkClock> {
  if (isClock(resources)) return resources;
  const clock = await drivers.get('null')!.open(format);
  return {
    latencyFrames: 0,
    get xruns() {
      return clock.xruns;
    },
    description,
    start: (demand) => clock.start(demand),
    close: () => clock.close(),
  };
}

function isClock(resources: unknown): resources is SinkClock {
  return (
    typeof resources === 'object' &&
    resources !== null &&
    typeof (resources as { start?: unknown }).start === 'function'
  );
}
