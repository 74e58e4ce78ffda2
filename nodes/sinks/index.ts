/** What the rest of nodes/ and, through nodes/index.ts, the composition root take from the sinks. */

export { BlockClock, type TimeSource, threadTime } from './clock.js';
export * from './driver.js';
export { builtInDrivers } from './drivers/index.js';
export {
  findBinding,
  loadBinding,
  type PortAudioBinding,
  type PortAudioDevice,
  type PortAudioInput,
} from './drivers/naudiodon-binding.js';
export { type Survey, surveyDevices } from './drivers/naudiodon-survey.js';
export * from './errors.js';
export { nullSink } from './null.js';
export { openSink, type SinkWish, waitForSink } from './open-sink.js';
export { SAMPLE_FORMATS, type SampleFormat } from './sample-format.js';
export { speaker } from './speaker.js';
export { wavFile } from './wav-file.js';
export { type WavFormat, type WavInfo, wavHeader } from './wav-header.js';
export { WavWriter, type WavWriterOptions } from './wav-writer.js';
