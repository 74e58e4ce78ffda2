/** From a path to a reader, by what is in the file and never by its name. For a thread that may wait. */
import { isAiff, openAiff } from './aiff.js';
import { AudioReader, type BlockDecoder, Faults } from './audio-reader.js';
import { isCaf, openCaf } from './caf.js';
import { AudioFileError } from './errors.js';
import { FileBytes } from './file-bytes.js';
import { FlacDecoder, flacStart } from './flac/flac.js';
import { findMp3, openMp3 } from './mp3/mp3.js';
import { isOgg, openOgg } from './ogg/ogg.js';
import { isWav, openWav } from './wav.js';

/** Rejects with an AudioFileError whose message begins with the path. */
export async function openAudioFile(path: string): Promise<AudioReader> {
  const bytes = new FileBytes(path);
  const faults = new Faults();
  try {
    return new AudioReader(await openDecoder(bytes, faults), faults, bytes);
  } catch (cause) {
    bytes.close();
    if (cause instanceof AudioFileError)
      throw new AudioFileError(cause.code, `${path}: ${cause.message}`, { cause });
    // Whatever a hostile file makes a parser do is a file that cannot be read.
    throw new AudioFileError('AUDIO_FILE_DAMAGED', `${path}: it cannot be read: ${String(cause)}.`, {
      cause,
    });
  }
}

async function openDecoder(bytes: FileBytes, faults: Faults): Promise<BlockDecoder> {
  const head = bytes.read(0, 16).slice();
  if (isWav(head)) return openWav(bytes, faults);
  if (isAiff(head)) return openAiff(bytes, faults);
  if (isCaf(head)) return openCaf(bytes, faults);
  if (isOgg(head)) return openOgg(bytes, faults);
  const flac = flacStart(bytes);
  if (flac >= 0) return new FlacDecoder(bytes, flac, faults);
  const mp3 = findMp3(bytes);
  if (mp3 !== undefined) return openMp3(bytes, mp3, faults);
  throw new AudioFileError('AUDIO_FILE_FORMAT', 'It is no WAV, AIFF, CAF, FLAC, Ogg or MP3 file.');
}
