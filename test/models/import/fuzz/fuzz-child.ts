/** Imports mutants until its time is over, and so many at the least. Says before each which it is, so that whoever waits knows what hangs. */
import { ModelError } from '../../../../models/errors.js';
import { parseCheckpoint } from '../../../../models/import/checkpoint.js';
import { convertCheckpoint, lookupFor } from '../../../../models/import/dialect.js';
import { seededRandom } from '../../../support/random.js';
import { corpus } from './corpus.js';
import { mutant } from './mutate.js';

export interface FuzzMessage {
  /** The case that begins, or that failed. */
  readonly seed: number;
  readonly fault?: string;
  readonly summary?: FuzzSummary;
}

export interface FuzzSummary {
  readonly cases: number;
  readonly imported: number;
  /** Refusals by code. */
  readonly refused: Readonly<Record<string, number>>;
  /** Memory beyond that before the first mutant, and beyond twice the largest one: bytes. */
  readonly extraBytes: number;
}

const CONFIG = { dt_transform: 'exp', disc: 'zoh' };
/** Cases between two messages. */
const REPORT_EVERY = 16;

const [seconds = 1, firstSeed = 1, leastCases = 0] = process.argv.slice(2).map(Number);
const send = (message: FuzzMessage) => process.send?.(message);
const specimens = corpus();
for (const { parts, assemble } of specimens) tryImport(assemble(parts));
const before = maxBytes();
const refused: Record<string, number> = {};
let cases = 0;
let imported = 0;
let largest = 0;
const end = Date.now() + seconds * 1000;
for (let seed = firstSeed; cases < leastCases || Date.now() < end; seed++) {
  if (cases++ % REPORT_EVERY === 0) send({ seed });
  const file = mutant(specimens, seededRandom(seed));
  largest = Math.max(largest, file.byteLength);
  try {
    tryImport(file);
    imported++;
  } catch (error) {
    if (error instanceof ModelError) refused[error.code] = (refused[error.code] ?? 0) + 1;
    else send({ seed, fault: (error as Error).stack ?? String(error) });
  }
}
send({ seed: 0, summary: { cases, imported, refused, extraBytes: maxBytes() - before - 2 * largest } });
process.disconnect?.();

function tryImport(file: Uint8Array): void {
  const checkpoint = parseCheckpoint(file);
  convertCheckpoint(checkpoint, lookupFor(CONFIG, checkpoint));
}

function maxBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
