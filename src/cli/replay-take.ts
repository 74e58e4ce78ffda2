import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { STEPPER_CHOICES, type StepperChoice } from '../../models/index.js';
import type { RecordedInput } from '../audio-input/index.js';
import { createEngineParts } from '../container/index.js';
import { ReplayGate } from '../engine/replay-gate.js';
import {
  bundleNamed,
  Comparison,
  readTake,
  replayTake,
  stateFile,
  type Take,
  TakeError,
} from '../takes/index.js';
import { CliError } from './errors.js';
import { ReplayFiles, type ReplayFilesRequest } from './replay-files.js';

export interface ReplayRequest extends ReplayFilesRequest {
  readonly verify: boolean;
  /** Replays although stepper or bundles are others. */
  readonly anyway: boolean;
}

/** The first node, in the order in which they run, that sounded different at some time up to that frame. */
export interface OtherNode {
  readonly nodeId: string;
  readonly untilFrame: number;
}

/** What `sashimi replay --json` prints. */
export interface ReplayReport {
  readonly take: string;
  readonly frames: number;
  readonly sampleRate: number;
  readonly isComplete: boolean;
  readonly stepper: string;
  /** What is not as it was: only with `anyway`. */
  readonly changes: readonly string[];
  readonly deviations: readonly {
    readonly frame: number;
    readonly sinceFrame: number;
    readonly code: string;
    readonly reason: string;
  }[];
  /** Times that the sink ran dry. */
  readonly xruns: number;
  /** With `verify`. */
  readonly comparedFrames?: number;
  /** Null where all of it is the same. */
  readonly difference?: Comparison['difference'] | null;
  /** Null where no node sounded different, as far as the sums of the take tell. */
  readonly otherNode?: OtherNode | null;
}

/** Rejects with a coded error and leaves nothing behind. */
export async function replayToFile(folder: string, request: ReplayRequest): Promise<ReplayReport> {
  const { out, stems, verify, anyway } = request;
  if (out === undefined && stems === undefined && !verify) {
    throw new CliError('CLI_USAGE', 'Expected --out, --stems or --verify.');
  }
  const take = readTake(folder);
  const { sampleRate, lookAheadMs, plugins } = take.header;
  const changes = changedBundles(take);
  if (changes.length > 0 && !anyway) throw new TakeError('TAKE_CHANGED', changes.join(' '));
  const comparison = verify ? await Comparison.open(folder) : undefined;
  const gate = new ReplayGate();
  const files = new ReplayFiles(take, request);
  let used = '';
  let otherNode: OtherNode | undefined;
  try {
    files.open();
    await replayTake({
      take,
      parts: await createEngineParts({
        stepper: stepperOf(take),
        lookAheadMs,
        plugins,
        replay: gate,
        fileTimes: gate,
        recordedInputs: inputsOf(take, folder),
        replayedState: (load) => stateOf(folder, load),
      }),
      gate,
      onStart: (here, recorded) => {
        used = here;
        if (here === recorded) return;
        const change = `The take was played by "${recorded}", here it is "${here}".`;
        if (!anyway) throw new TakeError('TAKE_CHANGED', change);
        changes.push(change);
      },
      tap: (engine, numFrames) => {
        comparison?.add(engine.output, numFrames);
        files.add(engine, numFrames);
      },
      onOtherNode: (nodeId, untilFrame) => {
        otherNode ??= { nodeId, untilFrame };
      },
    });
    await files.keep();
  } catch (error) {
    await files.drop();
    throw error;
  } finally {
    comparison?.close();
  }
  const { entries, frames, isComplete } = take;
  return {
    take: folder,
    frames,
    sampleRate,
    isComplete,
    stepper: used,
    changes,
    deviations: entries.flatMap((entry) => {
      if (entry.kind !== 'deviation') return [];
      const { frame, sinceFrame, code, reason } = entry;
      return [{ frame, sinceFrame, code, reason }];
    }),
    xruns: entries.reduce((most, entry) => (entry.kind === 'xrun' ? Math.max(most, entry.count) : most), 0),
    ...(comparison && {
      comparedFrames: comparison.frames,
      difference: comparison.difference ?? null,
      otherNode: otherNode ?? null,
    }),
  };
}

/** Sentences: which bundles are not what they were. */
function changedBundles({ header, entries }: Take): string[] {
  const then = [...header.bundles, ...entries.filter((entry) => entry.kind === 'bundle')];
  const changed = then.filter(({ name, sha256 }) => bundleNamed(name)?.sha256 !== sha256);
  return [...new Set(changed.map(({ name }) => name))].map(
    (name) => `The bundle ${name} is not what it was.`,
  );
}

function stateOf(folder: string, load: number): Uint8Array | undefined {
  const path = join(folder, stateFile(load));
  return existsSync(path) ? readFileSync(path) : undefined;
}

function inputsOf({ entries }: Take, folder: string): RecordedInput[] {
  return entries.flatMap((entry) => {
    if (entry.kind !== 'input') return [];
    return [{ nodeId: entry.nodeId, file: join(folder, entry.file), firstFrame: entry.frame }];
  });
}

/** The header says `native (x86-64-v3)`; several steppers of one take are left to choose themselves. */
function stepperOf({ header }: Take): StepperChoice {
  const [kind = ''] = header.stepper.split(' ');
  return STEPPER_CHOICES.find((name) => name === kind && !header.stepper.includes(',')) ?? 'auto';
}
