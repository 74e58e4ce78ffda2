/** Errors and warnings of audio files, one catalogue: docs/errors.md is held against it. */

export interface AudioFileErrorEntry {
  readonly summary: string;
  readonly remedy: string;
}

export const audioFileErrors = {
  AUDIO_FILE_READ: {
    summary: 'An audio file does not exist, is no file, or may not be read.',
    remedy: 'Check the path; a relative one counts from the folder that the engine was started in.',
  },
  AUDIO_FILE_PATH: {
    summary: 'A message named a file outside the folders from which messages may open files.',
    remedy: 'Put the file into the folder that the engine was started in, or into the package.',
  },
  AUDIO_FILE_FORMAT: {
    summary: 'A file is no audio file of a kind that is known here.',
    remedy: 'Use WAV, AIFF, CAF, FLAC, MP3, Ogg Vorbis or Ogg Opus.',
  },
  AUDIO_FILE_DAMAGED: {
    summary: 'An audio file is damaged in such a way that nothing of it can be played.',
    remedy: 'Copy or export the file again.',
  },
  AUDIO_FILE_UNSUPPORTED: {
    summary: 'An audio file is of a known kind, but with a coding that is not read here.',
    remedy: 'Save it as WAV with 16, 24 or 32 bits, or as FLAC.',
  },
  AUDIO_FILE_CODEC: {
    summary: 'The package that decodes this kind of file is not installed.',
    remedy: 'Run npm install with optional packages, or save the file as FLAC or WAV.',
  },
  AUDIO_FILE_RANGE: {
    summary: 'A place or length that was asked for does not lie inside the audio file.',
    remedy: 'Ask for a place before the end of the file; the message says where that is.',
  },
  AUDIO_FILE_FAULT: {
    summary: 'An audio file is damaged; what can be played of it is played.',
    remedy: 'Copy or export the file again if what is missing matters.',
  },
  AUDIO_FILE_DECODER: {
    summary:
      'The thread that decodes an audio file failed or gave no answer; the rest of the file is silence.',
    remedy: 'Save the file again, for example as WAV, and report the old one.',
  },
} as const satisfies Readonly<Record<string, AudioFileErrorEntry>>;

export type AudioFileErrorCode = keyof typeof audioFileErrors;

export class AudioFileError extends Error {
  override readonly name = 'AudioFileError';
  readonly code: AudioFileErrorCode;
  readonly remedy: string;

  constructor(code: AudioFileErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = audioFileErrors[code].remedy;
  }
}
