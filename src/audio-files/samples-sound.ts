/** Samples in memory, at another rate: by the same way as those of a file. */
import { AudioReader, type BlockDecoder, Faults, type SoundBlock } from './audio-reader.js';
import { type LoadedSound, readMono } from './load-mono.js';

/** For threads that may wait. One channel in, one out; what is no finite number is silence, and told. */
export function convertMono(
  samples: Float32Array,
  sampleRate: number,
  wantedRate: number,
): Promise<LoadedSound> {
  const faults = new Faults();
  const reader = new AudioReader(decoderOf(samples, sampleRate), faults, { close: () => undefined });
  const mostSeconds = samples.length / sampleRate;
  return readMono(reader, wantedRate, { startSeconds: 0, endSeconds: undefined, mostSeconds });
}

/** All of it is one piece. */
function decoderOf(samples: Float32Array, sampleRate: number): BlockDecoder {
  let block: SoundBlock | undefined = { channels: [samples], numFrames: samples.length };
  return {
    format: { description: 'samples', sampleRate, channels: 1, frames: samples.length },
    next() {
      const next = block;
      block = undefined;
      return next;
    },
    async seek() {
      block = { channels: [samples], numFrames: samples.length };
      return 0;
    },
  };
}
