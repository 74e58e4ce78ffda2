import { ONNX_PROVIDERS, type OnnxProvider } from '../onnx/providers.js';
import type { Stepper, StepperKind } from '../stepper.js';

/** A stepper that may be chosen for a bundle. */
export interface Candidate {
  readonly kind: StepperKind;
  /** Of onnx. */
  readonly provider?: OnnxProvider;
  /** Loads it, off the audio path; the self-test disposes of it once it is measured. Rejects with a coded error where it cannot be had. */
  open(): Promise<Stepper>;
}

/** Which candidate: plain data, for processes and files. */
export interface CandidateName {
  readonly kind: StepperKind;
  readonly provider?: OnnxProvider;
}

export interface Measured extends CandidateName {
  readonly outcome: 'measured';
  readonly instructionSet: string;
  /** Seconds of sound per second, of each of the voices that play at once. */
  readonly timesRealTime: number;
  /** Of the time that a block takes, in the best round. */
  readonly p99Ms: number;
  readonly blockFrames: number;
}

export interface NotMeasured extends CandidateName {
  /**
   * `absent`: cannot be opened here. `wrong`: its samples are not what they should be. `failed`: it threw, crashed or gave no
   * answer. `untried`: not needed, or there was no time.
   */
  readonly outcome: 'absent' | 'wrong' | 'failed' | 'untried';
  /** A clause. */
  readonly why: string;
  /** Of a coded error. */
  readonly code?: string;
}

/** What became of a candidate. Plain data. */
export type Trial = Measured | NotMeasured;

/** `native`, `onnx on webgpu`: for people, and one for each candidate. */
export function candidateText({ kind, provider }: CandidateName): string {
  return provider === undefined ? kind : `${kind} on ${provider}`;
}

/** Name without the rest. */
export function nameOf({ kind, provider }: CandidateName): CandidateName {
  return provider === undefined ? { kind } : { kind, provider };
}

const kinds: readonly string[] = ['reference', 'native', 'wasm', 'onnx', 'cuda'] satisfies StepperKind[];
const failures: readonly unknown[] = [
  'absent',
  'wrong',
  'failed',
  'untried',
] satisfies NotMeasured['outcome'][];

/** Whether a value from a file or another process is a trial. */
export function isTrial(value: unknown): value is Trial {
  if (!isCandidateName(value)) return false;
  const { outcome, instructionSet, timesRealTime, p99Ms, blockFrames, why, code } = value as Record<
    keyof Measured | keyof NotMeasured,
    unknown
  >;
  if (outcome === 'measured')
    return typeof instructionSet === 'string' && [timesRealTime, p99Ms, blockFrames].every(isPositive);
  return (
    failures.includes(outcome) && typeof why === 'string' && (code === undefined || typeof code === 'string')
  );
}

/** Whether a value from another process names a candidate. */
export function isCandidateName(value: unknown): value is CandidateName {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, provider } = value as Record<keyof CandidateName, unknown>;
  const isProvider = provider === undefined || (ONNX_PROVIDERS as readonly unknown[]).includes(provider);
  return typeof kind === 'string' && kinds.includes(kind) && isProvider;
}

function isPositive(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}
