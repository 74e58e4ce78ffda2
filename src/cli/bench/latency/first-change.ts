/** Where a fader's work is first heard. Pure; positions are indices into the arrays given. */

/** Two channels of the same sound, of which one has gone through the fader. */
export interface Pair {
  readonly moved: Float32Array;
  readonly still: Float32Array;
}

/** Below this the ratio of two samples says nothing: float32 has no more digits to tell. */
const leastAmplitude = 1e-5;
/** Relative; rounding is below 1e-6, the first frame of a move by 1 dB over 20 ms above 1e-4. */
const ratioTolerance = 2e-5;
/** Of full scale; two renders of the same sound agree to the last bit. */
const sameTolerance = 1e-6;
const changeTolerance = 1e-5;
/** A stretch is recognised by this many frames, if it is no silence. */
const matchFrames = 96;
const leastLoudness = 1e-4;

/**
 * The first frame from `from` on at which the ratio of the channels has left what it was just before.
 * Undefined when it was moving already, or does not move before `to`.
 */
export function firstLevelChange(
  { moved, still }: Pair,
  from: number,
  to: number,
  settledFrames = 64,
): number | undefined {
  const settled: number[] = [];
  for (let i = from - 1; i >= 0 && settled.length < settledFrames; i--) {
    if (Math.abs(still[i]!) >= leastAmplitude) settled.push(moved[i]! / still[i]!);
  }
  const ratio = settled[0];
  if (ratio === undefined || settled.some((other) => differs(other, ratio))) return undefined;
  for (let i = from; i < to; i++) {
    if (Math.abs(still[i]!) >= leastAmplitude && differs(moved[i]! / still[i]!, ratio)) return i;
  }
  return undefined;
}

function differs(a: number, b: number): boolean {
  return Math.abs(a - b) > ratioTolerance * Math.abs(b);
}

/**
 * The first frame from `from` on at which `heard` is no longer `expected`, the sound without a change. Where in
 * `expected` the sound is, is found from the frames just before `from`. Undefined when they are not in it: silence, a gap
 * of the model, another change before this one; or when nothing changes before `to`.
 */
export function firstSoundChange(
  heard: Float32Array,
  expected: Float32Array,
  from: number,
  to: number,
): number | undefined {
  const start = from - matchFrames;
  if (start < 0 || loudness(heard, start, from) < leastLoudness) return undefined;
  const shift = shiftOf(heard, expected, start);
  if (shift === undefined) return undefined;
  const end = Math.min(to, expected.length - shift);
  for (let i = from; i < end; i++) {
    if (Math.abs(heard[i]! - expected[i + shift]!) > changeTolerance) return i;
  }
  return undefined;
}

/**
 * The first frame from `from` on at which the channels differ. Undefined when they did so just before, or were silent, or
 * do not differ before `to`.
 */
export function firstDifference({ moved, still }: Pair, from: number, to: number): number | undefined {
  const start = from - matchFrames;
  if (start < 0 || loudness(still, start, from) < leastLoudness) return undefined;
  for (let i = start; i < to; i++) {
    const tolerance = i < from ? sameTolerance : changeTolerance;
    if (Math.abs(moved[i]! - still[i]!) > tolerance) return i < from ? undefined : i;
  }
  return undefined;
}

/** `expected[i + shift]` is `heard[i]` for the frames from `start` on. */
function shiftOf(heard: Float32Array, expected: Float32Array, start: number): number | undefined {
  for (let at = 0; at + matchFrames <= expected.length; at++) {
    let i = 0;
    while (i < matchFrames && Math.abs(heard[start + i]! - expected[at + i]!) <= sameTolerance) i++;
    if (i === matchFrames) return at - start;
  }
  return undefined;
}

/** The largest amplitude. */
function loudness(samples: Float32Array, from: number, to: number): number {
  let found = 0;
  for (let i = from; i < to; i++) found = Math.max(found, Math.abs(samples[i]!));
  return found;
}
