/** Audio files of any common kind, decoded in bounded memory. */
export type { AudioFormat, AudioReader } from './audio-reader.js';
export { EngineAudioFiles } from './engine-audio-files.js';
export * from './errors.js';
export { openAudioFile } from './open.js';
