/** Frames per second of every conditioning source here: one each 2 ms, so that a port of one fits all others. */
export const COND_RATE_HZ = 500;
