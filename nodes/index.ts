/** The registry of our nodes: one line per node type. A new node is its file, its test and its line here. */
import type { AnyNodeDescriptor } from '../graph/index.js';
import { classes } from './conditioning/classes.js';
import { constant } from './conditioning/constant.js';
import { envelope } from './conditioning/envelope.js';
import { features } from './conditioning/features.js';
import { lfo } from './conditioning/lfo.js';
import { map } from './conditioning/map.js';
import { midiFile } from './conditioning/midi-file.js';
import { midiIn } from './conditioning/midi-in.js';
import { noteOsc } from './conditioning/note-osc.js';
import { sequencer } from './conditioning/sequencer.js';
import { singer } from './conditioning/singer.js';
import { text } from './conditioning/text.js';
import { walk } from './conditioning/walk.js';
import { wordOsc } from './conditioning/word-osc.js';
import { blend } from './model/blend.js';
import { sashimi } from './model/sashimi.js';
import { nullSink, speaker, wavFile } from './sinks/index.js';
import { audioFile } from './source/audio-file.js';
import { audioIn } from './source/audio-in.js';
import { gain } from './transform/gain.js';
import { granulate } from './transform/granulate.js';
import { limiter } from './transform/limiter.js';
import { mix } from './transform/mix.js';
import { overlapAdd } from './transform/overlap-add.js';
import { pan } from './transform/pan.js';
import { resample } from './transform/resample.js';

export const nodeTypes: readonly AnyNodeDescriptor[] = [
  sashimi,
  blend,
  audioFile,
  audioIn,
  constant,
  lfo,
  features,
  envelope,
  map,
  noteOsc,
  singer,
  text,
  wordOsc,
  walk,
  classes,
  midiIn,
  midiFile,
  sequencer,
  gain,
  mix,
  pan,
  overlapAdd,
  granulate,
  resample,
  limiter,
  wavFile,
  speaker,
  nullSink,
];

export type { Lyrics, PhonePlan } from './conditioning/phone-text.js';
export { Fft, Spectrum } from './dsp/fft.js';
export { hashRandom } from './dsp/hash-random.js';
export { levelGain } from './dsp/level-gain.js';
export { Resampler, type ResamplerOptions } from './dsp/resampler.js';
export {
  delayInOutputFrames,
  designResamplerFilter,
  fineQuality,
  lowLatencyQuality,
  type ResamplerFilter,
  type ResamplerQuality,
} from './dsp/resampler-filter.js';
export * from './errors.js';
export { copyHeard, type HeardStretch } from './model/heard-ring.js';
export { isFedByKeys, isFedByNotes, isFedByWords, isFedByWordVoice } from './model/note-feeds.js';
export { isFedByClasses, MAX_CLASSES, ROW_RATE_HZ } from './model/row-feeds.js';
export { isFedBySpeech } from './model/speech-feeds.js';
export * from './services.js';
export * from './sinks/index.js';
