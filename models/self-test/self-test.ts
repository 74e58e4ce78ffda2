import type { Bundle } from '../bundle/types.js';
import type { Stepper } from '../stepper.js';
import { RoundTimer } from './round-timer.js';
import { StepperCheck } from './stepper-check.js';
import { type Candidate, type CandidateName, nameOf, type Trial } from './trial.js';

/** All checks and measurements together. */
export const SELF_TEST_MS = 2000;
/** Rounds of all candidates in turn, so that what happens on the machine meanwhile happens to all. */
const LEAST_ROUNDS = 6;
/** Where there is a choice, more rounds are made of a model with long blocks, for as long as there is time. */
const ENOUGH_BLOCKS = 200;
const ROUND_MS = 40;
const LEAST_BLOCKS = 4;

/** Whether it runs on the processor, where each voice has a thread of its own, or on a device that all voices share. */
export function isOnProcessor({ kind, provider }: CandidateName): boolean {
  return kind === 'native' || kind === 'wasm' || kind === 'reference' || provider === 'cpu';
}

export type Stage = 'open' | 'check' | 'measure';

export interface SelfTestOptions {
  readonly bundle: Bundle;
  /** Those on the processor in the order of preference: the first that is right stands for all. */
  readonly candidates: readonly Candidate[];
  /** That play at once. */
  readonly voices: number;
  /** Cores that threads of voices can have. */
  readonly cores: number;
  /** Milliseconds of a clock. */
  readonly now: () => number;
  readonly budgetMs?: number;
  /** Is told before what may hang or crash, and each result as soon as it is there. */
  readonly tried?: (candidate: CandidateName, stage: Stage) => void;
  readonly ended?: (trial: Trial) => void;
}

interface Entrant {
  readonly candidate: Candidate;
  readonly stepper: Stepper;
  readonly timer: RoundTimer;
}

/**
 * Opens, checks and measures candidates for a bundle; a trial for each, in their order. Holds its thread, so it is for a process
 * of its own. Never rejects for what a candidate does. What opening takes is not counted.
 */
export async function selfTest(options: SelfTestOptions): Promise<readonly Trial[]> {
  return new SelfTest(options).run();
}

class SelfTest {
  private readonly trials = new Map<Candidate, Trial>();
  private readonly check: StepperCheck;
  private leftMs: number;

  constructor(private readonly options: SelfTestOptions) {
    this.check = new StepperCheck(options.bundle);
    this.leftMs = options.budgetMs ?? SELF_TEST_MS;
  }

  async run(): Promise<readonly Trial[]> {
    const { candidates } = this.options;
    const onProcessor = candidates.filter(isOnProcessor);
    const home = await this.enterFirst(onProcessor);
    const entrants = home === undefined ? [] : [home];
    for (const candidate of candidates.filter((each) => !isOnProcessor(each))) {
      const entrant = await this.enter(candidate);
      if (entrant !== undefined) entrants.push(entrant);
    }
    this.measure(entrants);
    // The one that was right may still have failed when it was measured.
    for (let next = home; next !== undefined && !this.isMeasured(next.candidate); ) {
      next = await this.enterFirst(onProcessor);
      if (next !== undefined) this.measure([next]);
    }
    for (const candidate of candidates) {
      if (!this.trials.has(candidate)) this.end(candidate, 'untried', 'one that is faster is right');
    }
    return candidates.map((candidate) => this.trials.get(candidate)!);
  }

  private async enterFirst(candidates: readonly Candidate[]): Promise<Entrant | undefined> {
    for (const candidate of candidates) {
      if (this.trials.has(candidate)) continue;
      const entrant = await this.enter(candidate);
      if (entrant !== undefined) return entrant;
    }
    return undefined;
  }

  /** Undefined for one that has a trial already. */
  private async enter(candidate: Candidate): Promise<Entrant | undefined> {
    const { voices, bundle, tried } = this.options;
    if (this.leftMs <= 0) return this.end(candidate, 'untried', 'no time was left');
    const together = isOnProcessor(candidate) ? 1 : voices;
    let stepper: Stepper;
    try {
      tried?.(nameOf(candidate), 'open');
      stepper = await candidate.open();
    } catch (error) {
      return this.end(candidate, 'absent', ...reasonOf(error));
    }
    try {
      tried?.(nameOf(candidate), 'check');
      const fault = this.inBudget(() => this.checked(stepper, together));
      if (fault !== undefined) return this.end(candidate, 'wrong', fault);
      if (this.leftMs <= 0) return this.end(candidate, 'untried', 'no time was left after its check');
      return { candidate, stepper, timer: new RoundTimer(stepper, together, bundle.manifest.sampling) };
    } catch (error) {
      return this.end(candidate, 'failed', ...reasonOf(error));
    }
  }

  /** A check that takes too long ends half-way: whoever is so slow will not be chosen, and others have their time. */
  private checked(stepper: Stepper, together: number): string | undefined {
    const { now } = this.options;
    const deadline = now() + this.leftMs / 2;
    const steps = this.check.run(stepper, together);
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
      if (now() > deadline) throw new Error('checking it takes too long');
    }
  }

  private measure(entrants: readonly Entrant[]): void {
    const failed = new Set<Entrant>();
    const hasEnough = ({ timer }: Entrant) => entrants.length === 1 || timer.blocks >= ENOUGH_BLOCKS;
    for (let round = 0; round === 0 || this.leftMs > 0; round++) {
      const isEnough = entrants.every((entrant) => failed.has(entrant) || hasEnough(entrant));
      if (round >= LEAST_ROUNDS && isEnough) break;
      for (const entrant of entrants) {
        if (failed.has(entrant)) continue;
        try {
          this.options.tried?.(nameOf(entrant.candidate), 'measure');
          this.inBudget(() => this.round(entrant.timer));
        } catch (error) {
          failed.add(entrant);
          this.end(entrant.candidate, 'failed', ...reasonOf(error));
        }
      }
    }
    for (const entrant of entrants) {
      if (!failed.has(entrant)) this.endMeasured(entrant);
    }
  }

  private round(timer: RoundTimer): void {
    const { now } = this.options;
    const deadline = now() + ROUND_MS;
    for (let block = 0; block < LEAST_BLOCKS || now() < deadline; block++) timer.time(now);
    timer.endRound();
  }

  private inBudget<T>(work: () => T): T {
    const start = this.options.now();
    try {
      return work();
    } finally {
      this.leftMs -= this.options.now() - start;
    }
  }

  private isMeasured(candidate: Candidate): boolean {
    return this.trials.get(candidate)?.outcome === 'measured';
  }

  private endMeasured({ candidate, stepper, timer }: Entrant): void {
    const { voices, cores } = this.options;
    const { blockFrames, blockMs, p99Ms } = timer;
    const alone = (1000 * blockFrames) / stepper.sampleRate / Math.max(blockMs, 1e-6);
    const share = isOnProcessor(candidate) ? Math.min(1, cores / voices) : 1;
    const { instructionSet } = stepper;
    const timesRealTime = alone * share;
    this.keep(candidate, {
      ...nameOf(candidate),
      outcome: 'measured',
      instructionSet,
      timesRealTime,
      p99Ms: Math.max(p99Ms, 1e-6),
      blockFrames,
    });
    stepper.dispose();
  }

  private end(
    candidate: Candidate,
    outcome: 'absent' | 'wrong' | 'failed' | 'untried',
    why: string,
    code?: string,
  ): undefined {
    this.keep(candidate, { ...nameOf(candidate), outcome, why, ...(code === undefined ? {} : { code }) });
  }

  private keep(candidate: Candidate, trial: Trial): void {
    this.trials.set(candidate, trial);
    this.options.ended?.(trial);
  }
}

/** The sentence of an error as a clause, and its code. */
function reasonOf(error: unknown): [why: string, code?: string] {
  const { message, code } = error as { message?: string; code?: unknown };
  const why = (message ?? String(error)).replace(/^The \w+ stepper cannot be used: /, '').replace(/\.$/, '');
  return typeof code === 'string' ? [why, code] : [why];
}
