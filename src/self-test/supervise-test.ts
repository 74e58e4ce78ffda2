/** Sees a self-test through, whatever a stepper does in its process. */
import { type CandidateName, candidateText, type Stage, type Trial } from '../../models/index.js';
import type { TestProcess } from './test-process.js';

/** Node, the bundle and the reference's numbers. */
const startLimitMs = 10_000;
/** A check and a round end by themselves long before. */
const stageLimitMs = 3000;
/** A driver makes machine code of the kernels once, and keeps it. */
const openLimitMs = { cuda: 10_000, onnx: 3000, native: 3000, wasm: 3000, reference: 3000 } as const;

/**
 * A trial for each candidate. Where the process hangs or ends, the candidate of that moment has failed, and another process tries
 * the others. `start` is called with those that are left.
 */
export async function superviseTest(
  candidates: readonly CandidateName[],
  start: (candidates: readonly CandidateName[]) => TestProcess,
): Promise<readonly Trial[]> {
  const lost = new Map<string, Trial>();
  for (;;) {
    const left = candidates.filter((each) => !lost.has(candidateText(each)));
    const { trials, culprit } = left.length === 0 ? NOBODY : await watch(start(left));
    if (culprit === undefined) return candidates.map((each) => trialOf(each, [...lost.values(), ...trials]));
    lost.set(candidateText(culprit), culprit);
  }
}

interface Watched {
  readonly trials: readonly Trial[];
  /** Who brought the process down. */
  readonly culprit?: Trial;
}

const NOBODY: Watched = { trials: [] };

/** Until the process is done, or one of its candidates has brought it down. */
async function watch(process: TestProcess): Promise<Watched> {
  const trials: Trial[] = [];
  let now: { readonly candidate: CandidateName; readonly stage: Stage } | undefined;
  try {
    for (;;) {
      const limitMs = now === undefined ? startLimitMs : limitOf(now.candidate, now.stage);
      const news = await process.next(limitMs);
      if (news === 'silent' || news === 'gone') {
        if (now === undefined) return { trials };
        const why = news === 'gone' ? 'its process ended' : `it gave no answer in ${limitMs / 1000} s`;
        return { trials, culprit: { ...now.candidate, outcome: 'failed', why: `${why} (${now.stage})` } };
      }
      if (news.kind === 'done') return { trials };
      if (news.kind === 'tried') now = news;
      else trials.push(news.trial);
    }
  } finally {
    process.kill();
  }
}

function limitOf({ kind }: CandidateName, stage: Stage): number {
  return stage === 'open' ? openLimitMs[kind] : stageLimitMs;
}

function trialOf(candidate: CandidateName, trials: readonly Trial[]): Trial {
  const found = trials.find((trial) => candidateText(trial) === candidateText(candidate));
  return found ?? { ...candidate, outcome: 'untried', why: 'the self-test ended before' };
}
