/** Which driver plays: the first that can, or the one that has the device that was asked for. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SinkDriver, SinkDrivers, SinkFormat, SinkStream } from './driver.js';
import { isSinkError, SinkError } from './errors.js';
import { SteadyStream } from './steady-stream.js';

/** How often a device that is waited for is looked for. */
const LOOK_AGAIN_MS = 1000;

export interface SinkWish {
  /** A driver's name, or `auto`: any but the null driver. */
  readonly driver: string;
  /** Without a name, the default device of the first driver that can play. */
  readonly device?: string;
  readonly format: SinkFormat;
}

/**
 * Opens what was wished for. Rejects with SINK_UNAVAILABLE when no driver can play, saying of each why, and with
 * SINK_DEVICE when the named device is not there: another one is never taken in its place.
 */
export async function openSink(drivers: SinkDrivers, wish: SinkWish): Promise<SinkStream> {
  const refusals: string[] = [];
  const remedies: string[] = [];
  let isMissing = false;
  for (const driver of candidates(drivers, wish.driver)) {
    const probe = await driver.probe();
    if (!probe.available) {
      refusals.push(`${driver.name}: ${probe.reason}`);
      remedies.push(probe.remedy);
      if (probe.isDeviceMissing === true && wish.device !== undefined) isMissing = true;
      continue;
    }
    if (wish.device !== undefined && !(await hasDevice(driver, wish.device))) {
      isMissing = true;
      refusals.push(`${driver.name}: no device "${wish.device}"`);
      continue;
    }
    try {
      const open = (): Promise<SinkStream> => driver.open(wish.format, wish.device);
      return new SteadyStream(await open(), open, wish.format);
    } catch (error) {
      // A format that the named device cannot take is the answer; a default device that does not open is not the last one.
      if (!isSinkError(error) || wish.device !== undefined) throw error;
      refusals.push(error.message);
      remedies.push(error.remedy);
    }
  }
  const remedy = remedies[0];
  if (isMissing) throw new SinkError('SINK_DEVICE', refusals.join('; '));
  throw new SinkError('SINK_UNAVAILABLE', refusals.join('; '), remedy === undefined ? {} : { remedy });
}

/** The same, but waits as long as it takes for a device that was asked for by name. */
export async function waitForSink(
  drivers: SinkDrivers,
  wish: SinkWish,
  lookAgainMs = LOOK_AGAIN_MS,
): Promise<SinkStream> {
  for (;;) {
    try {
      return await openSink(drivers, wish);
    } catch (error) {
      if (wish.device === undefined || !isSinkError(error) || error.code !== 'SINK_DEVICE') throw error;
    }
    await sleep(lookAgainMs);
  }
}

async function hasDevice(driver: SinkDriver, name: string): Promise<boolean> {
  return (await driver.devices()).some((device) => device.name === name);
}

function candidates(drivers: SinkDrivers, name: string): readonly SinkDriver[] {
  if (name === 'auto') return drivers.list().filter((driver) => driver.name !== 'null');
  const driver = drivers.get(name);
  if (driver !== undefined) return [driver];
  const known = drivers.list().map((d) => d.name);
  throw new SinkError('SINK_UNAVAILABLE', `no driver "${name}"; known: auto, ${known.join(', ')}`, {
    remedy: 'Use one of the named drivers.',
  });
}
