/** Inputs of the sound card, live and recorded. */
export { type AudioInputCode, audioInputCodes } from './errors.js';
export { type InputInfo, listInputs } from './list-inputs.js';
export { LiveAudioInputs } from './live-audio-inputs.js';
export { RecordedAudioInputs, type RecordedInput } from './recorded-audio-inputs.js';
