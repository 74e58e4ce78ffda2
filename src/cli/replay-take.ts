import { rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { STEPPER_CHOICES, type StepperChoice } from '../../models/index.js';
import type { RecordedInput } from '../audio-input/index.js';
import { createEngineParts } from '../container/index.js';
import { provenanceOf } from '../engine/provenance.js';
import { ReplayGate } from '../engine/replay-gate.js';
import { bundlesOf, Comparison, readTake, replayTake, type Take, TakeError } from '../takes/index.js';
import { CliError } from './errors.js';

export interface ReplayRequest {
  readonly out?: string;
  readonly bitDepth: '16' | '24' | '32f';
  readonly verify: boolean;
  /** Replays although stepper or bundles are others. */
  readonly anyway: boolean;
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
}

/** Rejects with a coded error and leaves nothing behind. */
export async function replayToFile(folder: string, request: ReplayRequest): Promise<ReplayReport> {
  const { out, verify, anyway } = request;
  if (out === undefined && !verify) throw new CliError('CLI_USAGE', 'Expected --out, --verify, or both.');
  const take = readTake(folder);
  const { patch, presetName, seed, sampleRate, lookAheadMs, plugins } = take.header;
  const changes = changedBundles(take);
  if (changes.length > 0 && !anyway) throw new TakeError('TAKE_CHANGED', changes.join(' '));
  const comparison = verify ? await Comparison.open(folder) : undefined;
  const gate = new ReplayGate();
  const partial = out && `${out}.${process.pid}.part`;
  let used = '';
  try {
    await replayTake({
      take,
      parts: await createEngineParts({
        stepper: stepperOf(take),
        lookAheadMs,
        plugins,
        replay: gate,
        recordedInputs: inputsOf(take, folder),
      }),
      gate,
      ...(partial && {
        sink: {
          type: 'wav-file',
          settings: {
            path: partial,
            format: request.bitDepth,
            comment: provenanceOf(patch, presetName, seed),
          },
        },
      }),
      onStart: (here, recorded) => {
        used = here;
        if (here === recorded) return;
        const change = `The take was played by "${recorded}", here it is "${here}".`;
        if (!anyway) throw new TakeError('TAKE_CHANGED', change);
        changes.push(change);
      },
      tap: (output, numFrames) => comparison?.add(output, numFrames),
    });
    if (partial) await rename(partial, out!);
  } catch (error) {
    if (partial) await unlink(partial).catch(() => undefined);
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
    ...(comparison && { comparedFrames: comparison.frames, difference: comparison.difference ?? null }),
  };
}

/** Sentences: which bundles are not what they were. */
function changedBundles({ header }: Take): string[] {
  const here = new Map(bundlesOf(header.patch).map(({ name, sha256 }) => [name, sha256]));
  return header.bundles.flatMap(({ name, sha256 }) =>
    here.get(name) === sha256 ? [] : [`The bundle ${name} is not what it was.`],
  );
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
