import { gainToDb, msToFrames } from '../../graph/index.js';
import type { EngineStatus } from '../control/index.js';
import type { EngineFacts } from '../engine/engine.js';
import { latencyBudget } from '../engine/latency.js';
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
    lookAheadMs: numbers.lookAheadMs,
    conditioningMs: numbers.conditioningMs,
    // The model nodes count their look-ahead as latency; here it is a part of its own.
    graphLatencyFrames: Math.max(0, numbers.graphLatencyFrames - msToFrames(numbers.lookAheadMs, sampleRate)),
    sinkLatencyFrames: numbers.sinkLatencyFrames,
  });
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
    lookAheadMs: numbers.lookAheadMs,
    latencyMs: latency.maxMs,
    peakDb: levelDb(numbers.peak),
    rmsDb: levelDb(numbers.rms),
    masterGainDb: numbers.masterGainDb,
    muted: numbers.muted !== 0,
    restarts: constants.restarts,
  };
}

function levelDb(level: number): number {
  return level > 0 ? Math.max(floorDb, gainToDb(level)) : floorDb;
}
