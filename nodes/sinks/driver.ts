/** The seam between sinks and sound systems: everything above knows only these interfaces. */
import { type AudioBlock, type ServiceToken, serviceToken } from '../../graph/index.js';

export interface SinkFormat {
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** Frames of one demand. */
  readonly blockFrames: number;
}

/** An open device, and the clock of whoever plays into it. Belongs to one thread, the audio thread. */
export interface SinkStream {
  /** From `write` to the loudspeaker, as well as the driver knows. */
  readonly latencyFrames: number;
  /** Blocks that came too late, since `start`. */
  readonly xruns: number;
  /** For status: driver and device. */
  readonly description: string;
  /** Calls `demand` each time one block of `blockFrames` is needed; it is answered by `write` before it returns. */
  start(demand: () => void): void;
  /** Called during a demand, once or in several pieces that add up to `blockFrames`. Copies. */
  write(block: AudioBlock, numFrames: number): void;
  /** Stops the clock and frees the device. Safe to call twice. */
  close(): Promise<void>;
}

export type SinkProbe =
  | { readonly available: true }
  | {
      readonly available: false;
      readonly reason: string;
      readonly remedy: string;
      /** Everything is installed; a device that is connected later will be found. */
      readonly isDeviceMissing?: boolean;
    };

export interface SinkDevice {
  readonly name: string;
  readonly isDefault: boolean;
  /** Most output channels. */
  readonly channels: number;
  /** Hz, the device's own; 0 when the driver does not tell. */
  readonly sampleRate: number;
}

/** One way to reach sound hardware. */
export interface SinkDriver {
  /** kebab-case; the name in settings and in `sashimi doctor`. */
  readonly name: string;
  /** Whether it can play here and now. Never rejects. */
  probe(): Promise<SinkProbe>;
  /** What is connected now; empty where the driver cannot tell. */
  devices(): Promise<readonly SinkDevice[]>;
  /** Without `device`, the default one. Rejects with SINK_DEVICE or SINK_FORMAT; takes no other device than the named one. */
  open(format: SinkFormat, device?: string): Promise<SinkStream>;
}

/** The drivers that this process knows, in order of preference. */
export interface SinkDrivers {
  list(): readonly SinkDriver[];
  get(name: string): SinkDriver | undefined;
}

export const SINK_DRIVERS: ServiceToken<SinkDrivers> = serviceToken('sashimi-live/sink-drivers');

export function sinkDrivers(list: readonly SinkDriver[]): SinkDrivers {
  return { list: () => list, get: (name) => list.find((driver) => driver.name === name) };
}
