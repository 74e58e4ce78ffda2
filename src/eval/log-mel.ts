/** Sounds as energies on the mel scale: what distances between sounds are taken of. Twin of models/training/metrics.py. */
import { Fft } from '../../nodes/index.js';

export interface LogMelShape {
  /** Hz. */
  readonly sampleRate: number;
  readonly numBands: number;
  /** Samples under the window, a power of two. */
  readonly windowFrames: number;
  /** Samples between two windows. */
  readonly hopFrames: number;
}

/** That of the models' yardsticks. */
export const LOG_MEL: LogMelShape = { sampleRate: 16_000, numBands: 40, windowFrames: 1024, hopFrames: 256 };

/** Power, relative to a full-scale sine in one bin. */
const FLOOR = 1e-8;

/** The triangle of one band, without its zeros. */
interface Band {
  readonly firstBin: number;
  readonly weights: Float64Array;
}

/** Looks at one sound after another; an object serves one caller at a time. */
export class LogMel {
  readonly #fft: Fft;
  readonly #window: Float64Array;
  readonly #re: Float64Array;
  readonly #im: Float64Array;
  readonly #bands: readonly Band[];

  constructor(readonly shape: LogMelShape = LOG_MEL) {
    const { windowFrames } = shape;
    this.#fft = new Fft(windowFrames);
    this.#re = new Float64Array(windowFrames);
    this.#im = new Float64Array(windowFrames);
    // Symmetric: its last value is 0, as its first is.
    const hann = Float64Array.from(
      { length: windowFrames },
      (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / (windowFrames - 1)),
    );
    const sum = hann.reduce((total, value) => total + value, 0);
    this.#window = hann.map((value) => (2 * value) / sum);
    this.#bands = triangles(shape);
  }

  /** How many whole windows a sound of so many samples has. */
  numFrames(numSamples: number): number {
    const { windowFrames, hopFrames } = this.shape;
    return Math.max(0, Math.floor((numSamples - windowFrames) / hopFrames) + 1);
  }

  /** Natural logarithms of power (numFrames, numBands), row-major; frame i begins at sample i * hopFrames. */
  frames(sound: Float32Array): Float64Array {
    const { numBands, hopFrames } = this.shape;
    const count = this.numFrames(sound.length);
    const out = new Float64Array(count * numBands);
    for (let i = 0; i < count; i++) {
      this.#look(sound, i * hopFrames, out.subarray(i * numBands, (i + 1) * numBands));
    }
    return out;
  }

  #look(sound: Float32Array, start: number, into: Float64Array): void {
    const re = this.#re;
    const im = this.#im.fill(0);
    for (let i = 0; i < re.length; i++) re[i] = sound[start + i]! * this.#window[i]!;
    this.#fft.transform(re, im);
    for (const [band, { firstBin, weights }] of this.#bands.entries()) {
      let power = FLOOR;
      for (let i = 0; i < weights.length; i++) {
        const bin = firstBin + i;
        power += weights[i]! * (re[bin]! ** 2 + im[bin]! ** 2);
      }
      into[band] = Math.log(power);
    }
  }
}

/** Evenly spaced on the mel scale from 0 Hz to half the rate, each from the centre of the one below to that of the one above. */
function triangles({ sampleRate, numBands, windowFrames }: LogMelShape): Band[] {
  const top = melOf(sampleRate / 2);
  const corner = (i: number): number => hzOf((top * i) / (numBands + 1));
  return Array.from({ length: numBands }, (_, band) => {
    const [low, centre, high] = [corner(band), corner(band + 1), corner(band + 2)];
    const firstBin = Math.ceil((low * windowFrames) / sampleRate);
    const endBin = Math.min(windowFrames / 2, Math.floor((high * windowFrames) / sampleRate)) + 1;
    const weights = Float64Array.from({ length: endBin - firstBin }, (_, i) => {
      const hz = ((firstBin + i) * sampleRate) / windowFrames;
      return Math.max(0, Math.min((hz - low) / (centre - low), (high - hz) / (high - centre)));
    });
    return { firstBin, weights };
  });
}

function melOf(hz: number): number {
  return 2595 * Math.log10(1 + hz / 700);
}

function hzOf(mel: number): number {
  return 700 * (10 ** (mel / 2595) - 1);
}
