/** Counts what a loop leaves on the heap. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}

/** What other tests have left behind is collected, compiled or freed in between: the least of a few rounds is without. */
const rounds = 3;

/** Bytes per call of `body`, garbage included as long as it stays below what the collector lets pile up (some MB). */
export function bytesPerCall(body: () => void, calls: number, warmUp = calls): number {
  for (let i = 0; i < warmUp; i++) body();
  return Math.min(...Array.from({ length: rounds }, () => bytesPerCallOnce(body, calls)));
}

function bytesPerCallOnce(body: () => void, calls: number): number {
  collectGarbage();
  const before = process.memoryUsage();
  for (let i = 0; i < calls; i++) body();
  const after = process.memoryUsage();
  const grown = after.heapUsed - before.heapUsed + Math.max(0, after.arrayBuffers - before.arrayBuffers);
  return grown / calls;
}
