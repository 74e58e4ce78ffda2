import { showProgress } from './progress.js';

/** Less has not been measured long enough to say how long the rest takes. */
const LEAST_SHARE = 0.02;

export interface TimedProgress {
  /** `share` of everything, 0 to 1; `note` says what is being done. */
  readonly update: (share: number, note: string) => void;
  readonly end: () => void;
}

/** A progress bar that says how long it will still take. */
export function showProgressWithTime(title: string): TimedProgress {
  const progress = showProgress(title);
  const startedMs = performance.now();
  return {
    update: (share, note) =>
      progress.update(share, 1, `${timeLeft(share, performance.now() - startedMs)}${note}`),
    end: () => progress.end(),
  };
}

/** `1:05 left, `, if the rest goes as fast; nothing where that is not known yet. */
export function timeLeft(share: number, elapsedMs: number): string {
  if (share < LEAST_SHARE) return '';
  const seconds = Math.round((elapsedMs / 1000) * (1 / share - 1));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} left, `;
}
