/** Audio of one channel: blocks are float32, the maths in between is float64. */
export type Samples = Float32Array | Float64Array;
