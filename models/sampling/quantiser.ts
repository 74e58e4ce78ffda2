import type { Quantiser } from '../bundle/types.js';

/**
 * Amplitude to token and back, exactly as the official code does it
 * (state-spaces/s4, src/dataloaders/audio.py, 8 bits): every operation rounded to float32.
 *
 * Encoding and decoding are not each other's inverse: decode(encode(x)) is up to one level
 * below x, and encode(decode(i)) is i - 1 for about half of the levels.
 */

const f32 = Math.fround;
/** Keeps the top of the range inside the last level. */
const QUANTISE_EPSILON = 0.01;
/** Added to the amplitude before its magnitude is taken. */
const MU_EPSILON = f32(1e-8);
/** Added to the range of a clip when it is scaled. */
const RANGE_EPSILON = f32(1e-6);

/** Amplitude in [-1, 1] of every id, `levels` long. Linear tops out at 1 - 2/levels, mu-law a little lower. */
export function decodeTable(quantiser: Quantiser): Float32Array {
  const { levels } = quantiser;
  const table = new Float32Array(levels);
  const mu = levels - 1;
  for (let id = 0; id < levels; id++) {
    const x = f32(f32(id / (levels / 2)) - 1);
    if (quantiser.kind === 'linear') {
      table[id] = x;
    } else {
      const magnitude = f32(f32((1 + mu) ** Math.abs(x)) - 1);
      table[id] = f32(f32(Math.sign(x) * magnitude) / mu);
    }
  }
  return table;
}

/** One amplitude in [-1, 1] to its id. Values outside are clamped to the first or last id; NaN becomes silence. */
export function encodeSample(quantiser: Quantiser, amplitude: number): number {
  const x = f32(amplitude);
  if (Number.isNaN(x)) return quantiser.levels / 2;
  const unit = quantiser.kind === 'linear' ? f32(f32(x + 1) / 2) : muLawUnit(x, quantiser.levels - 1);
  return quantiseUnit(unit, quantiser.levels);
}

/** Encodes `audio` (numFrames), amplitude in [-1, 1], as it stands: no scaling. */
export function encode(
  quantiser: Quantiser,
  audio: Float32Array,
  ids = new Uint8Array(audio.length),
): Uint8Array {
  for (let t = 0; t < audio.length; t++) ids[t] = encodeSample(quantiser, audio[t]!);
  return ids;
}

/**
 * Encodes one clip as the official data pipeline does: first scaled so that its smallest and
 * largest sample meet the ends of the range.
 */
export function encodeClip(quantiser: Quantiser, audio: Float32Array): Uint8Array {
  const ids = new Uint8Array(audio.length);
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let t = 0; t < audio.length; t++) {
    if (audio[t]! < min) min = audio[t]!;
    if (audio[t]! > max) max = audio[t]!;
  }
  const range = f32(f32(max - min) + RANGE_EPSILON);
  const isLinear = quantiser.kind === 'linear';
  for (let t = 0; t < audio.length; t++) {
    const offset = f32(audio[t]! - min);
    if (isLinear) {
      ids[t] = quantiseUnit(f32(offset / range), quantiser.levels);
    } else {
      const x = f32(-1 + f32(f32(2 * offset) / range));
      ids[t] = quantiseUnit(muLawUnit(x, quantiser.levels - 1), quantiser.levels);
    }
  }
  return ids;
}

/** mu-law companding of x in [-1, 1], moved to [0, 1]. */
function muLawUnit(x: number, mu: number): number {
  const numerator = f32(Math.log1p(f32(mu * Math.abs(f32(x + MU_EPSILON)))));
  const denominator = f32(Math.log1p(mu));
  const companded = f32(Math.sign(x) * f32(numerator / denominator));
  return f32(f32(companded + 1) / 2);
}

/** [0, 1] to an id, truncating. */
function quantiseUnit(unit: number, levels: number): number {
  const scaled = f32(f32(unit * f32(levels - QUANTISE_EPSILON)) + f32(QUANTISE_EPSILON / 2));
  return Math.min(levels - 1, Math.max(0, Math.trunc(scaled)));
}
