/**
 * One steady clock for all threads of the process, in ms. `performance.now()` counts from
 * the start of its own thread; the difference to the system's monotonic clock is taken once.
 */
const offsetMs = measureOffsetMs();

function measureOffsetMs(): number {
  let best = Number.POSITIVE_INFINITY;
  let offset = 0;
  for (let i = 0; i < 16; i++) {
    const before = performance.now();
    const system = Number(process.hrtime.bigint()) / 1e6;
    const after = performance.now();
    if (after - before < best) {
      best = after - before;
      offset = system - (before + after) / 2;
    }
  }
  return offset;
}

/** Does not allocate; comparable between threads to a few microseconds. */
export function monotonicMs(): number {
  return performance.now() + offsetMs;
}
