/** What `/status.reply` carries: each field of a status with its OSC type. The order is the order sent. */
import type { EngineStatus } from './status.js';

export interface StatusField {
  /** OSC type tag; T stands for T or F. d holds frame counts exactly where clients know no 64-bit integers. */
  readonly type: 'i' | 'f' | 'd' | 's' | 'T';
  readonly description: string;
}

export const STATUS_FIELDS = {
  version: { type: 's', description: 'version of the engine' },
  preset: { type: 's', description: 'name of the preset that plays' },
  uptimeSeconds: { type: 'd', description: 'seconds since this engine started' },
  frame: { type: 'd', description: 'engine frames played' },
  sampleRate: { type: 'i', description: 'Hz' },
  blockFrames: { type: 'i', description: 'frames per block' },
  channels: { type: 'i', description: 'channels of the output' },
  sink: { type: 's', description: 'sink that plays' },
  device: { type: 's', description: 'device or file of the sink' },
  oscPort: { type: 'i', description: 'UDP port of this server' },
  loadMean: { type: 'f', description: 'share of a block spent in the graph, mean of the last second' },
  loadPeak: { type: 'f', description: 'the same, worst of the last second' },
  modelLoad: { type: 'f', description: 'share of real time that the models need, summed' },
  stepper: { type: 's', description: 'stepper in use' },
  stepperReason: { type: 's', description: 'why this stepper' },
  xruns: { type: 'i', description: 'blocks the sink did not get in time' },
  modelXruns: { type: 'i', description: 'gaps because a model was late' },
  modelXrunCauses: {
    type: 's',
    description: 'short reads by cause: `starting`, `overload`, `preempted`, `rollback`, `burst`',
  },
  modelRunaways: {
    type: 'i',
    description: 'times that a model ran away and was taken back to an earlier state',
  },
  modelRunawayCauses: {
    type: 's',
    description: 'the same by cause: `level`, `noise`, `stuck`, `not-finite`',
  },
  modelScheduling: {
    type: 's',
    description:
      'priority of the model threads: `realtime`, `normal`, for example `realtime 1 of 2`, `overloaded` when one gave it back because its model is too slow, `none` without a model',
  },
  lookAheadMs: { type: 'f', description: 'how far the models run ahead' },
  modelControlMs: { type: 'f', description: 'what the models take to show a change, part of latencyMs' },
  rollback: {
    type: 's',
    description: 'whether a change reaches back into the look-ahead: `ready`, `no-headroom`, `off`, `none`',
  },
  rollbacks: { type: 'd', description: 'changes for which models stepped again' },
  lateRollbacks: { type: 'd', description: 'those of them that were cross-faded, being late' },
  framesSteppedAgain: { type: 'd', description: 'model frames stepped again' },
  latencyMs: { type: 'f', description: 'message in to changed sound out, computed' },
  peakDb: { type: 'f', description: 'peak of the last second, dBFS' },
  rmsDb: { type: 'f', description: 'RMS of the last second, dBFS' },
  masterGainDb: { type: 'f', description: 'master gain, dB' },
  muted: { type: 'T', description: 'whether the master is muted' },
  restarts: { type: 'i', description: 'times the engine was started again' },
  voices: { type: 'i', description: 'voices that play beside the preset' },
  voicesStolen: { type: 'i', description: 'times that a voice made room for another' },
} as const satisfies Record<keyof EngineStatus, StatusField>;

/** What the OSC server itself has counted since it started; sent after the engine's fields. */
export interface OscCounters {
  readonly oscPackets: number;
  readonly oscMessages: number;
  readonly oscRefused: number;
  readonly oscLate: number;
  readonly oscDropped: number;
  readonly oscForeign: number;
  readonly oscTcpPort: number;
  readonly oscConnections: number;
  readonly oscHandlingUs: number;
  readonly oscHandlingP99Us: number;
  readonly oscHandlingWorstUs: number;
  readonly oscSubscribers: number;
}

export const COUNTER_FIELDS = {
  oscPackets: { type: 'd', description: 'packets received' },
  oscMessages: { type: 'd', description: 'messages received, each element of a bundle counted' },
  oscRefused: { type: 'd', description: 'messages and packets refused with `/fail`' },
  oscLate: { type: 'd', description: 'bundles whose time had passed' },
  oscDropped: { type: 'd', description: 'packets dropped by the rate limit' },
  oscForeign: { type: 'd', description: 'packets and connections of senders that are not allowed' },
  oscTcpPort: { type: 'i', description: 'TCP port of this server, 0 for none' },
  oscConnections: { type: 'i', description: 'TCP connections that are open' },
  oscHandlingUs: { type: 'f', description: 'time from a packet to all that it does handed over, mean, us' },
  oscHandlingP99Us: { type: 'f', description: 'the same, 99 % of packets take no longer, us' },
  oscHandlingWorstUs: { type: 'f', description: 'the same, worst so far, us' },
  oscSubscribers: { type: 'i', description: 'subscribers of events, values or the log' },
} as const satisfies Record<keyof OscCounters, StatusField>;
