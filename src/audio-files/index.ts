/** Audio files of any common kind, decoded in bounded memory. */
export type { AudioFormat, AudioReader } from './audio-reader.js';
export { EngineAudioFiles } from './engine-audio-files.js';
export * from './errors.js';
export { findNamedFile } from './find-file.js';
export { type LoadedSound, loadMono, type Stretch } from './load-mono.js';
export { openAudioFile } from './open.js';
export { convertMono } from './samples-sound.js';
export { type FileTimes, type ShortFileRead, TimedAudioFiles } from './timed-audio-files.js';
