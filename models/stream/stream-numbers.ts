import { RUNAWAY_CAUSES, type RunawayCause, type StreamState, type XrunCause } from '../stream.js';

/** A StreamState that its stream rewrites. */
export type StreamNumbers = { -readonly [K in keyof StreamState]: StreamState[K] } & {
  readonly xrunCauses: Record<XrunCause, number>;
  readonly runawayCauses: Record<RunawayCause, number>;
};

export function streamNumbers(): StreamNumbers {
  return {
    load: 0,
    lookAheadFrames: 0,
    controlLatencyFrames: 0,
    scheduling: 'normal',
    rollback: 'off',
    rollbacks: 0,
    lateRollbacks: 0,
    framesSteppedAgain: 0,
    xruns: 0,
    xrunCauses: { starting: 0, overload: 0, preempted: 0, rollback: 0, burst: 0 },
    runaways: 0,
    runawayCauses: { level: 0, noise: 0, stuck: 0, 'not-finite': 0 },
    conditioningLost: 0,
    fault: undefined,
  };
}

/** The same, its total made of its causes. */
export function countRunaways(numbers: StreamNumbers): StreamNumbers {
  numbers.runaways = 0;
  for (const cause of RUNAWAY_CAUSES) numbers.runaways += numbers.runawayCauses[cause];
  return numbers;
}
