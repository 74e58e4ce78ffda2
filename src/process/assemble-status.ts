import { gainToDb } from '../../graph/index.js';
import type { RunawayCause, XrunCause } from '../../models/index.js';
import type { EngineStatus } from '../control/index.js';
import type { EngineFacts } from '../engine/engine.js';
import { latencyBudget } from '../engine/latency.js';
import { rollbackNames } from '../engine/model-stream-table.js';
import type { StatusNumbers } from '../engine/status-page.js';

/** Silence in status: what JSON and OSC can carry in the place of minus infinity. */
const floorDb = -144;

/** What does not change while an engine process lives. */
export interface EngineConstants {
  readonly version: string;
  readonly sampleRate: number;
  readonly blockFrames: number;
  readonly channels: number;
  readonly oscPort: number;
  readonly restarts: number;
}

export function assembleStatus(
  constants: EngineConstants,
  numbers: StatusNumbers,
  facts: EngineFacts,
  sink: { readonly sink: string; readonly device: string },
  uptimeSeconds: number,
): EngineStatus {
  const { sampleRate, blockFrames } = constants;
  const latency = latencyBudget({
    sampleRate,
    blockFrames,
    modelControlMs: numbers.modelControlMs,
    conditioningMs: numbers.conditioningMs,
    graphLatencyFrames: numbers.graphLatencyFrames,
    sinkLatencyFrames: numbers.sinkLatencyFrames,
  });
  const runaways = runawayCounts(numbers);
  return {
    version: constants.version,
    preset: facts.presetName,
    uptimeSeconds,
    frame: numbers.frame,
    sampleRate,
    blockFrames,
    channels: constants.channels,
    sink: sink.sink,
    device: sink.device,
    oscPort: constants.oscPort,
    loadMean: numbers.loadMean,
    loadPeak: numbers.loadPeak,
    modelLoad: numbers.modelLoad,
    stepper: facts.stepper,
    stepperReason: facts.stepperReason,
    xruns: numbers.xruns,
    modelXruns: numbers.modelXruns,
    modelXrunCauses: causesText(xrunCounts(numbers)),
    modelRunaways: Object.values(runaways).reduce((sum, count) => sum + count, 0),
    modelRunawayCauses: causesText(runaways),
    modelScheduling: schedulingText(numbers),
    lookAheadMs: numbers.lookAheadMs,
    modelControlMs: numbers.modelControlMs,
    rollback: rollbackNames[numbers.rollback] ?? 'none',
    rollbacks: numbers.rollbacks,
    lateRollbacks: numbers.lateRollbacks,
    framesSteppedAgain: numbers.framesSteppedAgain,
    latencyMs: latency.maxMs,
    peakDb: levelDb(numbers.peak),
    rmsDb: levelDb(numbers.rms),
    masterGainDb: numbers.masterGainDb,
    muted: numbers.muted !== 0,
    restarts: constants.restarts,
    voices: numbers.voices,
    voicesStolen: numbers.voicesStolen,
  };
}

function levelDb(level: number): number {
  return level > 0 ? Math.max(floorDb, gainToDb(level)) : floorDb;
}

function xrunCounts(numbers: StatusNumbers): Record<XrunCause, number> {
  return {
    starting: numbers.xrunsStarting,
    overload: numbers.xrunsOverload,
    preempted: numbers.xrunsPreempted,
    rollback: numbers.xrunsRollback,
    burst: numbers.xrunsBurst,
  };
}

function runawayCounts(numbers: StatusNumbers): Record<RunawayCause, number> {
  return {
    level: numbers.runawaysLevel,
    noise: numbers.runawaysNoise,
    stuck: numbers.runawaysStuck,
    'not-finite': numbers.runawaysNotFinite,
  };
}

/** For example `2 preempted, 1 overload`; empty when nothing was counted. */
function causesText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([cause, count]) => `${count} ${cause}`)
    .join(', ');
}

function schedulingText({ modelThreads, realtimeModels, overloadedModels }: StatusNumbers): string {
  if (modelThreads === 0) return 'none';
  if (overloadedModels > 0) return 'overloaded';
  if (realtimeModels === modelThreads) return 'realtime';
  return realtimeModels === 0 ? 'normal' : `realtime ${realtimeModels} of ${modelThreads}`;
}
