/** What `--stepper auto` takes for the bundles of a patch: as it was measured here, or measured now. Never on the audio thread. */
import {
  type CandidateName,
  candidateNames,
  candidateText,
  type Judgement,
  judge,
  type Trial,
} from '../../models/index.js';
import { bundleIdentity, type PlannedStepper } from '../engine/stepper-plan.js';
import { isSameKey, type KeptTrials, TrialCache } from './kept-trials.js';
import { lookAtMachine, type Machine, stepperBuild } from './machine.js';
import { superviseTest } from './supervise-test.js';
import { startTestProcess } from './test-process.js';

/** A bundle, and how many of its voices play at once. */
export interface BundleNeed {
  /** As a patch names it. */
  readonly name: string;
  readonly folder: string;
  readonly voices: number;
}

/**
 * `kept`: what was not measured before stays open, as when there is no time. `measure`: that is measured now. `again`: all is, as
 * after a driver was installed.
 */
export type PlanMode = 'kept' | 'measure' | 'again';

export interface StepperReport {
  readonly name: string;
  readonly voices: number;
  readonly trials: readonly Trial[];
  /** Null where none passed. */
  readonly chosen: CandidateName | null;
  readonly reason: string;
  readonly isMeasuredNow: boolean;
}

export interface SteppersPlanned {
  /** Also of all other bundles that were measured here before: a patch may be loaded while this one plays. */
  readonly steppers: readonly PlannedStepper[];
  /** Of the needs that are known, in their order. */
  readonly reports: readonly StepperReport[];
}

/** The world around it, for tests. */
export interface PlanSurroundings {
  readonly cache: Pick<TrialCache, 'read' | 'keep'>;
  readonly machine: Machine;
  readonly build: string;
  /** A trial for each candidate. */
  measure(need: BundleNeed, candidates: readonly CandidateName[]): Promise<readonly Trial[]>;
}

export function hereAndNow(): PlanSurroundings {
  const machine = lookAtMachine();
  const { cores } = machine;
  return {
    cache: new TrialCache(),
    machine,
    build: stepperBuild(),
    measure: ({ folder, voices }, names) =>
      superviseTest(names, (candidates) =>
        startTestProcess({ bundleDir: folder, candidates, voices, cores }),
      ),
  };
}

/** Never rejects for what a stepper does, nor for a bundle that is not there: whoever loads it tells. */
export async function planSteppers(
  needs: readonly BundleNeed[],
  mode: PlanMode,
  around: PlanSurroundings = hereAndNow(),
): Promise<SteppersPlanned> {
  const { cache, machine, build } = around;
  const before = (await cache.read()).filter(
    (kept) => kept.machine === machine.fingerprint && kept.build === build,
  );
  const found: (KeptTrials & { readonly isMeasuredNow: boolean })[] = [];
  for (const need of needs) {
    const bundle = await bundleIdentity(need.folder).catch(() => undefined);
    if (bundle === undefined) continue;
    const { name, voices } = need;
    const key = { machine: machine.fingerprint, build, bundle, voices };
    const kept = before.find((each) => isSameKey(each, key));
    if (kept !== undefined && mode !== 'again') found.push({ ...kept, name, isMeasuredNow: false });
    else if (mode !== 'kept') {
      const trials = await around.measure(need, candidateNames(machine.hasGpu));
      found.push({ ...key, name, trials, isMeasuredNow: true });
    }
  }
  const fresh = found.filter(isWorthKeeping).map(({ isMeasuredNow, ...kept }) => kept);
  if (fresh.length > 0) await cache.keep(fresh);
  const others = before.filter((kept) => !found.some((each) => isSameKey(each, kept)));
  return {
    // What plays comes first, then the newest of each other bundle.
    steppers: [...found, ...others].flatMap(plannedOf),
    reports: found.map(({ name, voices, trials, isMeasuredNow }) => {
      const { chosen, reason } = judge(trials, voices);
      return { name, voices, trials, chosen: nameOfChosen(chosen), reason, isMeasuredNow };
    }),
  };
}

/** One line for a person. */
export function stepperSentence({ name, chosen, reason, trials }: StepperReport): string {
  if (chosen === null) return `Stepper of ${name}: ${reason}.`;
  const used = trials.find((trial) => candidateText(trial) === candidateText(chosen));
  const set = used?.outcome === 'measured' ? ` (${used.instructionSet})` : '';
  return `Stepper of ${name}: ${candidateText(chosen)}${set}, ${reason}.`;
}

/** A self-test in which none could be measured says something of the moment only. */
function isWorthKeeping({
  isMeasuredNow,
  trials,
}: {
  readonly isMeasuredNow: boolean;
  readonly trials: readonly Trial[];
}): boolean {
  return isMeasuredNow && trials.some(({ outcome }) => outcome === 'measured');
}

function plannedOf({ bundle, trials, voices }: KeptTrials): PlannedStepper[] {
  const { chosen, reason } = judge(trials, voices);
  if (chosen === undefined) return [];
  const { kind, provider } = chosen;
  return [{ bundle, stepper: kind, ...(provider === undefined ? {} : { provider }), reason }];
}

function nameOfChosen(chosen: Judgement['chosen']): CandidateName | null {
  if (chosen === undefined) return null;
  const { kind, provider } = chosen;
  return provider === undefined ? { kind } : { kind, provider };
}
