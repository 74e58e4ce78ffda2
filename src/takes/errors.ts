/** The catalogue of everything that is refused about a take. */
export const takeErrors = {
  TAKE_FILE: {
    summary: 'A file of the take cannot be read or written.',
    remedy: 'Check the path and its permissions; a new take needs a folder that holds none yet.',
  },
  TAKE_FORMAT: {
    summary: 'A file of the take does not hold what its format says.',
    remedy: 'Restore the take from a copy; the message names the file and the line.',
  },
  TAKE_CHANGED: {
    summary:
      'The stepper, its instruction set or a bundle is not that of the take: the samples would differ.',
    remedy: 'Replay it on such a machine with those bundles, or pass --anyway.',
  },
  TAKE_VERSION: {
    summary: 'The take was written in a format that this version does not read.',
    remedy: 'Replay it with the version of sashimi-live that wrote it.',
  },
} as const;

export type TakeErrorCode = keyof typeof takeErrors;

export class TakeError extends Error {
  override readonly name = 'TakeError';
  readonly remedy: string;

  constructor(
    readonly code: TakeErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.remedy = takeErrors[code].remedy;
  }
}
