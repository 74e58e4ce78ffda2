/** Lines of a log, for `/log`: from the gravest to the most talkative. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Whether somebody who asked for `asked` hears of `level`. */
export function isHeard(level: LogLevel, asked: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(asked);
}
