/** Never notified: only its time limit ends a wait on it. */
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Calls `tick` every `tickMs`, as a sink would, blocking this thread in between as an audio worker does. */
export function playInRealTime(numTicks: number, tickMs: number, tick: (index: number) => void): void {
  const startedMs = performance.now();
  for (let index = 0; index < numTicks; index++) {
    const leftMs = startedMs + index * tickMs - performance.now();
    if (leftMs > 0) Atomics.wait(sleeper, 0, 0, leftMs);
    tick(index);
  }
}
