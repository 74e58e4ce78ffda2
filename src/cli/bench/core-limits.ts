/** The floor that this core sets to a model, and how near a measurement comes to it. */
import {
  type Bundle,
  type CoreRates,
  loadNative,
  type PassSharing,
  type StepFloor,
  stepFloor,
  weightFormatOf,
} from '../../../models/index.js';

/** Of every command of bench. */
export interface LimitFigures {
  /** What the probe found; null without the native addon. */
  readonly core: CoreRates | null;
  /** Of one sample of one voice; null without a probe. */
  readonly floor: StepFloor | null;
  /** Floor over measured time, 0 to 1: how much of what this core can do is used. Null without a probe. */
  readonly limitShare: number | null;
}

/** Half a second of this thread; undefined without the native addon. */
export function probeCore(): CoreRates | undefined {
  const loaded = loadNative();
  return loaded.ok ? loaded.addon.probe() : undefined;
}

/** `samplesPerSecond` as measured, of all voices together. */
export function limitFigures(
  bundle: Bundle,
  core: CoreRates | undefined,
  samplesPerSecond: number,
  sharing?: PassSharing,
): LimitFigures {
  if (core === undefined) return { core: null, floor: null, limitShare: null };
  const floor = stepFloor(bundle, weightFormatOf(bundle), core, sharing);
  return { core, floor, limitShare: floor.seconds * samplesPerSecond };
}

/** A line for people. */
export function describeCore(core: CoreRates | null): string {
  if (core === null) return 'this core was not probed: the native addon is not there';
  const rates = core.readRates.map(
    ({ bytes, bytesPerSecond }) => `${(bytesPerSecond / 1e9).toFixed(0)} from ${size(bytes)}`,
  );
  return `this core: ${(core.macsPerSecond / 1e9).toFixed(1)} G multiply-adds/s in float32, ${(core.int16MacsPerSecond / 1e9).toFixed(1)} of int16 pairs (${core.instructionSet}), reads in GB/s: ${rates.join(', ')}`;
}

export function describeFloor({ floor, limitShare }: LimitFigures): string {
  if (floor === null || limitShare === null) return 'no floor without a probe';
  const bound = floor.macSeconds >= floor.readSeconds ? 'multiply-adds' : 'reading';
  return `${percent(limitShare)} of the floor: ${(floor.seconds * 1e6).toFixed(2)} us per sample by ${bound} (${(floor.macsPerSample / 1e3).toFixed(0)} k multiply-adds ${(floor.macSeconds * 1e6).toFixed(2)} us, ${(floor.bytesPerSample / 1e3).toFixed(0)} kB ${(floor.readSeconds * 1e6).toFixed(2)} us)`;
}

export function percent(share: number | null): string {
  return share === null ? '-' : `${(100 * share).toFixed(0)} %`;
}

function size(bytes: number): string {
  return bytes >= 2 ** 20 ? `${bytes / 2 ** 20} MiB` : `${bytes / 2 ** 10} KiB`;
}
