/** OSC packet out to changed sample at the sink: measured beside the computed sum. */
import { setTimeout as sleep } from 'node:timers/promises';
import { loadManifest } from '../../../../models/index.js';
import type { LatencyBudget, LatencyInput } from '../../../engine/latency.js';
import { latencyBudget } from '../../../engine/latency.js';
import { bundleFolder } from '../../../engine/model-streams.js';
import type { PlayOptions } from '../../../process/play-options.js';
import { median, quantile } from '../order-statistics.js';
import { startEngineUnderTest } from './engine-under-test.js';
import { renderOffline } from './offline.js';
import { emptyPatch, latencyPatch, noteScenario, type Scenario, scenarios } from './scenario.js';
import { expectedSeconds, levelTrials, noteTrials, temperatureTrials, topKTrials } from './trials.js';

export interface LatencyFigures {
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly worstMs: number;
}

export interface ScenarioResult extends Scenario {
  /** How the model is kept ready: see `variants`. */
  readonly variant: string;
  /** Packets whose change was found, and those that told nothing. */
  readonly count: number;
  readonly discarded: number;
  /** Until the change is heard from a device that plays a block from the moment it asks for it. */
  readonly heard: LatencyFigures;
  /** Until the sink has the changed block. */
  readonly given: LatencyFigures;
  /** The sum of src/engine/latency.ts, for the way that this change takes. */
  readonly computed: LatencyBudget;
  /** Whether control was rolled back at the end, by the engine's own word, and how often it was during the trials. */
  readonly rollback: string;
  readonly rollbacks: number;
  /** During the trials. */
  readonly xruns: number;
  readonly modelXruns: number;
}

export interface LatencyBench {
  readonly bundle: string;
  readonly path: string;
  readonly sink: string;
  readonly sampleRate: number;
  readonly blockFrames: number;
  readonly lookAheadMs: number;
  readonly results: readonly ScenarioResult[];
}

export interface LatencyBenchOptions {
  readonly play: Omit<PlayOptions, 'preset'>;
  /** A name in models/zoo, or a folder. */
  readonly bundle: string;
  /** Packets per scenario. */
  readonly count: number;
  /** Told what device it waits for. */
  readonly onWaiting: (message: string) => void;
}

/** How a model follows its control: as the engine judges, and never going back. A fader after the model has no use for it. */
export const variants: readonly { readonly name: string; readonly options: Partial<PlayOptions> }[] = [
  { name: 'rollback', options: {} },
  { name: 'look-ahead', options: { minRollbackSpeed: Number.POSITIVE_INFINITY } },
];

/** The clock and the models have found their pace after this. */
const settleMs = 1000;

export async function benchLatency(asked: LatencyBenchOptions): Promise<LatencyBench> {
  const { play, bundle } = asked;
  const results: ScenarioResult[] = [];
  let facts = { path: '', sink: '' };
  const { conditioning } = await loadManifest(bundleFolder(bundle));
  const takesNotes = conditioning.some(({ kind }) => kind === 'note-roll');
  for (const scenario of takesNotes ? [...scenarios, noteScenario] : scenarios) {
    for (const { name, options } of scenario.fader === 'level' ? variants.slice(0, 1) : variants) {
      const measured = await measure(scenario, asked, { ...play, ...options, preset: '' });
      facts = measured.facts;
      results.push({ ...measured.result, variant: name });
    }
  }
  const { sampleRate, blockFrames, lookAheadMs } = play;
  return { bundle, ...facts, sampleRate, blockFrames, lookAheadMs, results };
}

async function measure(
  scenario: Scenario,
  { bundle, count, onWaiting }: LatencyBenchOptions,
  play: PlayOptions,
): Promise<{ facts: { path: string; sink: string }; result: Omit<ScenarioResult, 'variant'> }> {
  const patch = latencyPatch(bundle, scenario);
  const unmoved = await renderOffline(patch, play, expectedSeconds);
  const engine = await startEngineUnderTest(patch, play, onWaiting);
  try {
    await sleep(settleMs);
    const before = engine.status();
    const trials = await {
      level: () => levelTrials(engine, count),
      temperature: () => temperatureTrials(engine, count, play, unmoved.channels[1]!),
      topK: () => topKTrials(engine, count, play),
      note: () => noteTrials(engine, count, play),
    }[scenario.fader]();
    const after = engine.status();
    return {
      facts: { path: after.stepper, sink: after.device },
      result: {
        ...scenario,
        count: trials.heardMs.length,
        discarded: trials.discarded,
        heard: figures(trials.heardMs),
        given: figures(trials.givenMs),
        rollback: after.rollback,
        rollbacks: after.rollbacks - before.rollbacks,
        computed: await computedBudget(scenario, play, {
          modelControlMs: after.modelControlMs,
          conditioningMs: unmoved.conditioningMs,
          graphLatencyFrames: unmoved.graphLatencyFrames,
          sinkLatencyFrames: engine.history.sinkLatencyFrames,
        }),
        xruns: after.xruns - before.xruns,
        modelXruns: after.modelXruns - before.modelXruns,
      },
    };
  } finally {
    await engine.stop();
  }
}

/**
 * A fader after the model waits for the tick and the master stage; the model's own also for what the engine says that its
 * control takes, and for its resampler. Params wait for no conditioning frame, a note does. The null sink holds nothing;
 * of a device both the sum and the measured time have what its driver says.
 */
async function computedBudget(
  { fader }: Scenario,
  play: PlayOptions,
  {
    modelControlMs,
    conditioningMs,
    graphLatencyFrames,
    sinkLatencyFrames,
  }: Omit<LatencyInput, 'sampleRate' | 'blockFrames'>,
): Promise<LatencyBudget> {
  const { sampleRate, blockFrames } = play;
  const isLevel = fader === 'level';
  const masterOnly = isLevel ? (await renderOffline(emptyPatch, play, 0.01)).graphLatencyFrames : 0;
  return latencyBudget({
    sampleRate,
    blockFrames,
    modelControlMs: isLevel ? 0 : modelControlMs,
    conditioningMs: fader === 'note' ? conditioningMs : 0,
    graphLatencyFrames: isLevel ? masterOnly : graphLatencyFrames,
    sinkLatencyFrames,
  });
}

function figures(timesMs: readonly number[]): LatencyFigures {
  return { medianMs: median(timesMs), p99Ms: quantile(timesMs, 0.99), worstMs: quantile(timesMs, 1) };
}
