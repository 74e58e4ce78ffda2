/** Errors and warnings of sinks: part of the catalogue of nodes, in a file of its own so that drivers need nothing else. */

export const sinkErrors = {
  SINK_PATH: {
    summary: 'The output file cannot be written; nothing was started and nothing was left behind.',
    remedy: 'Choose a file in a folder that exists and that you may write to.',
  },
  SINK_WRITE: {
    summary: 'Writing the output file failed while playing; what was written until then is playable.',
    remedy: 'Check that the disk has room and is still there, then start again.',
  },
  SINK_OVERFLOW: {
    summary: 'The disk was too slow: blocks were left out of the recording. What was heard is not affected.',
    remedy: 'Record to a faster disk, or with fewer bits.',
  },
  SINK_FORMAT: {
    summary: 'A sink was asked for a format that it cannot take.',
    remedy: 'Choose another --sample-rate or --channels; sashimi devices lists what the devices take.',
  },
  SINK_UNAVAILABLE: {
    summary: 'No driver can play sound here.',
    remedy: 'Install one of the named programs, or use --sink null or --sink FILE.wav.',
  },
  SINK_DEVICE: {
    summary: 'The device that was asked for by name is not there. No other one is taken in its place.',
    remedy: 'Connect it, or choose one that sashimi devices lists.',
  },
  SINK_XRUN: {
    summary: 'Blocks came too late for the device: the sound had a gap.',
    remedy: 'Raise --block, stop what else uses the processor, or use a smaller model.',
  },
  SINK_LOST: {
    summary: 'The device stopped taking sound.',
    remedy: 'Connect it again; sashimi devices shows whether it is back.',
  },
} as const;

export type SinkErrorCode = keyof typeof sinkErrors;

export interface SinkErrorOptions {
  /** Replaces the catalogue's remedy where the thrower knows better. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** The only error that sinks and their drivers throw on purpose. */
export class SinkError extends Error {
  override readonly name = 'SinkError';
  readonly code: SinkErrorCode;
  readonly remedy: string;

  constructor(code: SinkErrorCode, message: string, options: SinkErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy ?? sinkErrors[code].remedy;
  }
}

export function isSinkError(error: unknown): error is SinkError {
  return error instanceof SinkError;
}
