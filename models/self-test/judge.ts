import { isOnProcessor } from './self-test.js';
import { candidateText, type Measured, type Trial } from './trial.js';

/** So much faster than the processor must a device be: a measurement is of one moment, and a busy core looks slow in it. */
export const DEVICE_MARGIN = 1.5;
/**
 * Half of the look-ahead that models have at least while control is not rolled back: a device that stalls longer makes gaps. Where the
 * processor itself was held up by others, so was the thread that waits for the device.
 */
const MOST_DEVICE_P99_MS = 8;
const P99_MARGIN = 2;

export interface Judgement {
  /** Undefined where none could be measured. */
  readonly chosen: Measured | undefined;
  /** A clause: why this one, and why no other. */
  readonly reason: string;
}

/** The fastest that is right; on the processor unless a device is faster by more than the margin, and steady. */
export function judge(trials: readonly Trial[], voices: number): Judgement {
  const measured = trials.filter((trial): trial is Measured => trial.outcome === 'measured');
  const home = measured.find(isOnProcessor);
  const needed = home === undefined ? 0 : DEVICE_MARGIN * home.timesRealTime;
  const devices = measured.filter(
    (trial) =>
      !isOnProcessor(trial) &&
      trial.timesRealTime >= needed &&
      (home === undefined || trial.p99Ms <= Math.max(MOST_DEVICE_P99_MS, P99_MARGIN * home.p99Ms)),
  );
  const chosen =
    devices.reduce<Measured | undefined>(
      (best, trial) => (best !== undefined && best.timesRealTime >= trial.timesRealTime ? best : trial),
      undefined,
    ) ?? home;
  const others = trials.filter((trial) => trial !== chosen && trial.outcome !== 'untried').map(whyNot);
  const count = `${voices} ${voices === 1 ? 'voice' : 'voices'}`;
  const why = chosen === undefined ? 'no stepper passed its self-test' : `${speedText(chosen)} for ${count}`;
  return { chosen, reason: [why, ...others].join('; ') };
}

function whyNot(trial: Trial): string {
  const name = candidateText(trial);
  if (trial.outcome !== 'measured') {
    const code = trial.code === undefined ? '' : ` (${trial.code})`;
    return `${name}: ${trial.why}${code}`;
  }
  const stalls = trial.p99Ms > MOST_DEVICE_P99_MS ? `, 1 % of blocks over ${trial.p99Ms.toFixed(1)} ms` : '';
  return `${name}: ${speedText(trial)}${isOnProcessor(trial) ? '' : stalls}`;
}

function speedText({ timesRealTime }: Measured): string {
  return `${timesRealTime.toFixed(timesRealTime < 10 ? 1 : 0)} times real time`;
}
