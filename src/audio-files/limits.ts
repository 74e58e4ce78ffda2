import { AudioFileError } from './errors.js';

/** More are no sound for people; a header that says so lies. */
const MOST_CHANNELS = 64;
const MOST_RATE_HZ = 1_000_000;

/** Throws AUDIO_FILE_DAMAGED for what no file can mean. */
export function checkFormat(channels: number, sampleRate: number): void {
  if (!(channels >= 1 && channels <= MOST_CHANNELS)) {
    throw new AudioFileError(
      'AUDIO_FILE_DAMAGED',
      `It says that it has ${channels} channels; expected 1 to ${MOST_CHANNELS}.`,
    );
  }
  if (!(sampleRate >= 1 && sampleRate <= MOST_RATE_HZ)) {
    throw new AudioFileError(
      'AUDIO_FILE_DAMAGED',
      `It says that its sample rate is ${sampleRate} Hz; expected 1 to ${MOST_RATE_HZ}.`,
    );
  }
}

export function damaged(message: string): AudioFileError {
  return new AudioFileError('AUDIO_FILE_DAMAGED', message);
}
