/** Runs the fuzzer in a process of its own, which may crash or hang without taking anything with it. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FuzzMessage, FuzzSummary } from './fuzz-child.js';

/** The fixed part of the memory that an import may take; the other is twice the file. */
export const BASELINE_BYTES = 192 * 2 ** 20;
/** No message for so long is a hang. */
const HANG_MS = 30_000;

export interface FuzzResult {
  readonly summary: FuzzSummary | undefined;
  /** Sentences; empty when all is well. */
  readonly faults: readonly string[];
}

/** Imports mutants for a while, and so many at the least. The cases of a seed are the same each time. */
export function fuzz(seconds: number, firstSeed: number, leastCases = 0): Promise<FuzzResult> {
  const child = fork(fileURLToPath(new URL('fuzz-child.js', import.meta.url)), [
    String(seconds),
    String(firstSeed),
    String(leastCases),
  ]);
  const faults: string[] = [];
  let summary: FuzzSummary | undefined;
  let last = firstSeed;
  const hang = setTimeout(() => {
    faults.push(`Hangs at or soon after seed ${last}.`);
    child.kill('SIGKILL');
  }, HANG_MS);
  child.on('message', (message: FuzzMessage) => {
    hang.refresh();
    if (message.fault !== undefined) faults.push(`Seed ${message.seed}: ${message.fault}`);
    if (message.summary) summary = message.summary;
    else last = message.seed;
  });
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => {
      clearTimeout(hang);
      if (code !== 0 || summary === undefined)
        faults.push(`Ends with ${signal ?? code} at or soon after seed ${last}.`);
      if (summary && summary.extraBytes > BASELINE_BYTES) {
        faults.push(
          `Takes ${summary.extraBytes} bytes beyond twice the largest file; ${BASELINE_BYTES} are allowed.`,
        );
      }
      resolve({ summary, faults });
    });
  });
}
