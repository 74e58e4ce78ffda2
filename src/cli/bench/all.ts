/** Everything that bench measures, on the models of the zoo and on others. */
import { readdirSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { basename, join } from 'node:path';
import { type CoreRates, packageRoot } from '../../../models/index.js';
import { playDefaults } from '../../process/play-options.js';
import { packageVersion } from '../../version.js';
import { probeCore } from './core-limits.js';
import { benchLatency, type LatencyBench } from './latency/latency.js';
import { benchPrime, type PrimeBench } from './prime.js';
import { benchProviders, type ProviderBench } from './providers.js';
import { benchRing, type RingBench } from './ring.js';
import { benchRollback, type RollbackBench } from './rollback.js';
import { benchStepper, type StepperBench } from './stepper.js';
import { benchVoices, type VoicesBench } from './voices.js';

export interface Machine {
  readonly cpu: string;
  readonly threads: number;
  readonly system: string;
  readonly node: string;
  /** Tasks that ran in the last minute when the measurement began: above about 0.3, others used the machine too. */
  readonly loadAverage: number;
}

export interface BenchReport {
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly machine: Machine;
  readonly core: CoreRates | null;
  readonly steppers: readonly StepperBench[];
  readonly primes: readonly PrimeBench[];
  readonly voices: readonly VoicesBench[];
  readonly rings: readonly RingBench[];
  /** Of the models that the native stepper runs here: nothing else goes back. */
  readonly rollbacks: readonly RollbackBench[];
  /** Of one model. */
  readonly providers: readonly ProviderBench[];
  readonly latency: LatencyBench;
}

export interface BenchAllOptions {
  /** Folders. */
  readonly bundles: readonly string[];
  /** Packets of each measurement of latency. */
  readonly count: number;
  readonly repeats: number;
  /** Told before each measurement. */
  readonly onStep: (text: string) => void;
}

/** Wasm is measured beside the native stepper, for less long: it is slower, and nobody plays a large model with it. */
const wasm = { stepper: 'wasm', seconds: 0.3, repeats: 3, block: 128 } as const;
const native = { stepper: 'auto', seconds: 1, block: 128 } as const;
/** Two to three seconds of each model. */
const stream = { block: 85, lookAheadMs: playDefaults.lookAheadMs } as const;
const ring = { ...stream, stepper: 'auto', seconds: 0.5, repeats: 3, busy: 0 } as const;
const rollback = { ...stream, repeats: 50 } as const;
const providers = {
  seconds: 0.5,
  blockFrames: 128,
  checkedFrames: 64,
  primeFrames: 2048,
  limitSeconds: 60,
} as const;
const voiceCount = 8;
const primeFrames = 16_000;
/** Latency and providers are those of this model. Others have another latency by what their look-ahead needs. */
const oneBundle = 'shore';

/** Folders of the models that come with the package. */
export function zooBundles(): string[] {
  const zoo = join(packageRoot(), 'models', 'zoo');
  return readdirSync(zoo, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(zoo, name))
    .sort();
}

export async function benchAll(options: BenchAllOptions): Promise<BenchReport> {
  const { bundles, count, repeats, onStep } = options;
  const machine = describeMachine();
  onStep('this core');
  const core = probeCore();
  const steppers: StepperBench[] = [];
  const primes: PrimeBench[] = [];
  const voices: VoicesBench[] = [];
  const rings: RingBench[] = [];
  const rollbacks: RollbackBench[] = [];
  for (const folder of bundles) {
    const name = basename(folder);
    onStep(`${name}: steppers`);
    const measured = await benchStepper(folder, { ...native, repeats, core });
    steppers.push(measured);
    if (measured.stepper !== 'wasm') steppers.push(await benchStepper(folder, { ...wasm, core }));
    onStep(`${name}: prime`);
    primes.push(await benchPrime(folder, { stepper: 'auto', frames: primeFrames, repeats, core }));
    onStep(`${name}: ${voiceCount} voices`);
    voices.push(await benchVoices(folder, { ...native, seconds: 0.5, voices: voiceCount, repeats, core }));
    onStep(`${name}: ring and rollback`);
    rings.push(await benchRing(folder, ring));
    if (measured.stepper === 'native') rollbacks.push(await benchRollback(folder, rollback));
  }
  const tried = await benchProviders(join(packageRoot(), 'models', 'zoo', oneBundle), {
    ...providers,
    onStep: (name) => onStep(`${oneBundle}: ${name}`),
  });
  onStep(`latency: ${count} packets, six times`);
  const play = { ...playDefaults, oscPort: 0, sink: { type: 'null' } } as const;
  const latency = await benchLatency({ play, bundle: oneBundle, count, onWaiting: onStep });
  const date = new Date().toISOString();
  const version = packageVersion();
  return {
    version,
    date,
    machine,
    core: core ?? null,
    steppers,
    primes,
    voices,
    rings,
    rollbacks,
    providers: tried,
    latency,
  };
}

function describeMachine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    threads: all.length,
    system: `${process.platform} ${release()} ${process.arch}`,
    node: process.version,
    loadAverage: loadavg()[0]!,
  };
}
