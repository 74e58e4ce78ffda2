/** Which sink drivers work here, and which devices they see: for `sashimi devices` and `sashimi doctor`. */
import { builtInDrivers } from '../../nodes/index.js';

export interface SinkProbe {
  /** The driver's name. */
  readonly driver: string;
  readonly available: boolean;
  /** Why not, and what to do; absent when available. */
  readonly reason?: string;
  readonly remedy?: string;
}

export interface DeviceInfo {
  readonly driver: string;
  readonly name: string;
  readonly isDefault: boolean;
  readonly channels: number;
  /** Hz. */
  readonly sampleRate: number;
}

/** Every driver in order of preference. Never rejects. */
export async function probeSinks(): Promise<readonly SinkProbe[]> {
  const probes: SinkProbe[] = [];
  for (const driver of builtInDrivers().list()) {
    const found = await driver.probe();
    probes.push(
      found.available
        ? { driver: driver.name, available: true }
        : { driver: driver.name, available: false, reason: found.reason, remedy: found.remedy },
    );
  }
  return probes;
}

/** The devices of every driver that works here; empty without a sound card. */
export async function listDevices(): Promise<readonly DeviceInfo[]> {
  const devices: DeviceInfo[] = [];
  for (const driver of builtInDrivers().list()) {
    if (!(await driver.probe()).available) continue;
    for (const device of await driver.devices()) devices.push({ driver: driver.name, ...device });
  }
  return devices;
}
