import type { Tensor } from '../bundle/types.js';

/** A signal inside the model over a stretch of sound: row-major (numFrames, width). */
export interface Frames {
  readonly width: number;
  readonly numFrames: number;
  readonly data: Float32Array;
}

/** Row `ids[t]` of `table` (levels, width) at frame t. */
export function embed(table: Tensor, ids: Uint8Array): Frames {
  const frames = silentFrames(ids.length, table.shape[1]!);
  for (const [t, id] of ids.entries()) {
    frames.data.set(table.data.subarray(id * frames.width, (id + 1) * frames.width), t * frames.width);
  }
  return frames;
}

/**
 * `layer` at every frame in order: it gets the frame in `x` (width) and leaves its result in `y` (outputs).
 * Both are reused from frame to frame; in float64, as in the reference stepper.
 */
export function mapFrames(
  { width, numFrames, data }: Frames,
  outputs: number,
  layer: (x: Float64Array, y: Float64Array) => void,
): Frames {
  const out = silentFrames(numFrames, outputs);
  const x = new Float64Array(width);
  // Layers may write more than their result, as gated ones do.
  const y = new Float64Array(outputs);
  for (let t = 0; t < numFrames; t++) {
    const from = t * width;
    for (let i = 0; i < width; i++) x[i] = data[from + i]!;
    layer(x, y);
    out.data.set(y, t * outputs);
  }
  return out;
}

export function addFrames(a: Frames, b: Frames): Frames {
  return { ...a, data: a.data.map((value, i) => value + b.data[i]!) };
}

/** Windows of `pool` frames as one frame of width * pool, input h * pool + s: what a down-pool reads. */
export function gatherWindows({ width, numFrames, data }: Frames, pool: number): Frames {
  const out = silentFrames(numFrames / pool, width * pool);
  for (let t = 0; t < numFrames; t++) {
    const at = Math.floor(t / pool) * out.width + (t % pool);
    for (let h = 0; h < width; h++) out.data[at + h * pool] = data[t * width + h]!;
  }
  return out;
}

/** The other way, one window later: what an up-pool says about a window is heard during the next. */
export function playOutWindows({ width, numFrames, data }: Frames, pool: number): Frames {
  const out = silentFrames(numFrames * pool, width / pool);
  for (let t = pool; t < out.numFrames; t++) {
    const at = (Math.floor(t / pool) - 1) * width + (t % pool);
    for (let h = 0; h < out.width; h++) out.data[t * out.width + h] = data[at + h * pool]!;
  }
  return out;
}

function silentFrames(numFrames: number, width: number): Frames {
  return { width, numFrames, data: new Float32Array(numFrames * width) };
}
