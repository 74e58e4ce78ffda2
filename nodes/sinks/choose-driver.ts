/** Which driver plays: the first that works, or the first that has the device that was asked for. */
import type { SinkDriver, SinkDrivers } from './driver.js';
import { SinkError } from './errors.js';

/**
 * `name`: a driver's, or `auto`. Throws SINK_UNAVAILABLE when no driver works, saying of each why, and
 * SINK_DEVICE when drivers work but none has the device. The null driver is never chosen by itself.
 */
export async function chooseDriver(drivers: SinkDrivers, name: string, device?: string): Promise<SinkDriver> {
  const candidates =
    name === 'auto' ? drivers.list().filter((d) => d.name !== 'null') : [named(drivers, name)];
  const refusals: string[] = [];
  let remedy: string | undefined;
  const working: SinkDriver[] = [];
  for (const driver of candidates) {
    const probe = await driver.probe();
    if (!probe.available) {
      refusals.push(`${driver.name}: ${probe.reason}`);
      remedy ??= probe.remedy;
      continue;
    }
    if (device === undefined) return driver;
    if ((await driver.devices()).some((found) => found.name === device)) return driver;
    working.push(driver);
  }
  if (working.length === 0) {
    throw new SinkError('SINK_UNAVAILABLE', refusals.join('; '), remedy === undefined ? {} : { remedy });
  }
  throw new SinkError(
    'SINK_DEVICE',
    `no device "${device}" (looked with ${working.map((d) => d.name).join(', ')})`,
  );
}

function named(drivers: SinkDrivers, name: string): SinkDriver {
  const driver = drivers.get(name);
  if (driver !== undefined) return driver;
  const known = drivers.list().map((d) => d.name);
  throw new SinkError('SINK_UNAVAILABLE', `no driver "${name}"; known: auto, ${known.join(', ')}`, {
    remedy: 'Use one of the named drivers.',
  });
}
