import type { BundleManifest } from '../bundle/types.js';
import { encode } from './quantiser.js';

/**
 * Pre-emphasis is y[t] = x[t] - c x[t - 1], before the quantiser; the player undoes it. Eight bits carry white noise some
 * 38 dB under the sound, and what is high in speech and soft textures lies below that; after de-emphasis the noise has
 * about the slope of the sound (as LPCNet, Valin and Skoglund 2019, section 3.1). Tokens, and so a stream and its
 * watchdog, are all before de-emphasis.
 */
type Emphasised = Pick<BundleManifest, 'emphasis'>;

/** `audio` (numFrames) as a model of this manifest hears it, before the quantiser. What came before the first sample is silence. */
export function preEmphasised({ emphasis = 0 }: Emphasised, audio: Float32Array): Float32Array {
  if (emphasis === 0) return audio;
  return audio.map((sample, t) => (t === 0 ? sample : sample - emphasis * audio[t - 1]!));
}

/** Tokens (numFrames) of `audio`, amplitude in [-1, 1]: what a model of this manifest is given to hear. */
export function encodeSound(
  manifest: Emphasised & Pick<BundleManifest, 'quantiser'>,
  audio: Float32Array,
): Uint8Array {
  return encode(manifest.quantiser, preEmphasised(manifest, audio));
}

/** A whole sound of a model (numFrames), from its start on, as it is heard: filtered in place, and returned. */
export function deEmphasised(manifest: Emphasised, samples: Float32Array): Float32Array {
  new DeEmphasis(manifest).apply(samples, samples.length);
  return samples;
}

/** Turns what a model says into sound. Runs on the audio path. */
export class DeEmphasis {
  readonly #coefficient: number;
  #last = 0;

  constructor({ emphasis = 0 }: Emphasised) {
    this.#coefficient = emphasis;
  }

  /** Filters `samples[0..numFrames)` in place, going on from the last call. */
  apply(samples: Float32Array, numFrames: number): void {
    const coefficient = this.#coefficient;
    if (coefficient === 0) return;
    let last = this.#last;
    for (let t = 0; t < numFrames; t++) {
      last = samples[t]! + coefficient * last;
      // A tail that fades out for ever ends in numbers that are slow to compute. Sample by sample: blocks of any size give the same.
      if (Math.abs(last) < TAIL_END) last = 0;
      samples[t] = last;
    }
    this.#last = last;
  }

  /** The next call begins after silence. */
  reset(): void {
    this.#last = 0;
  }
}

const TAIL_END = 1e-15;
