/** Every provider that a model can run on, beside the native stepper: right or not, and how fast. */
import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nameOfPath, providerPaths } from './provider-paths.js';
import type { ProviderFigures, TryOptions } from './try-provider.js';
import type { ProviderReply, ProviderTrial } from './try-provider-main.js';

export interface ProviderBench {
  readonly bundle: string;
  /** Stepper and provider. */
  readonly name: string;
  /** Null where it cannot be used. */
  readonly figures: ProviderFigures | null;
  /** Then why, and what to do. */
  readonly reason: string | null;
  readonly remedy: string | null;
}

export interface ProvidersBenchOptions extends TryOptions {
  /** One that takes longer is given up. */
  readonly limitSeconds: number;
  readonly platform?: NodeJS.Platform;
  /** Told before each. */
  readonly onStep?: (name: string) => void;
}

const script = fileURLToPath(new URL('./try-provider-main.js', import.meta.url));

/** One after the other, each in a process of its own. Never rejects. */
export async function benchProviders(
  folder: string,
  { limitSeconds, platform = process.platform, onStep, ...options }: ProvidersBenchOptions,
): Promise<readonly ProviderBench[]> {
  const results: ProviderBench[] = [];
  for (const path of providerPaths(platform)) {
    onStep?.(nameOfPath(path));
    results.push(await benchProvider({ folder, path, options }, limitSeconds));
  }
  return results;
}

async function benchProvider(trial: ProviderTrial, limitSeconds: number): Promise<ProviderBench> {
  const names = { bundle: basename(trial.folder), name: nameOfPath(trial.path) };
  const reply = await runTrial(trial, limitSeconds);
  if ('figures' in reply) return { ...names, figures: reply.figures, reason: null, remedy: null };
  return { ...names, figures: null, reason: `${reply.code}: ${reply.message}`, remedy: reply.remedy };
}

function runTrial(trial: ProviderTrial, limitSeconds: number): Promise<ProviderReply> {
  return new Promise((resolve) => {
    const limits = { timeout: limitSeconds * 1000, killSignal: 'SIGKILL' } as const;
    execFile(process.execPath, [script, JSON.stringify(trial)], limits, (error, stdout, stderr) => {
      if (!error) return resolve(readReply(stdout));
      const last = stderr.trim().split('\n').at(-1) ?? '';
      const how = error.killed ? `it took longer than ${limitSeconds} s` : `its process ended: ${last}`;
      resolve({ code: 'BENCH', message: how, remedy: 'Try another model, or look at its driver.' });
    });
  });
}

/** Its last line; drivers may have printed others before. */
function readReply(stdout: string): ProviderReply {
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as ProviderReply;
}

/** As rows of text, the first the head. */
export function providerRows(results: readonly ProviderBench[]): string[][] {
  const head = [
    'bundle',
    'stepper',
    'times real time',
    'worst block',
    'prime',
    'first block ms',
    'off by',
    'greedy ids',
  ];
  return [head, ...results.map((result) => [result.bundle, result.name, ...cells(result)])];
}

function cells({ figures, reason }: ProviderBench): string[] {
  if (figures === null) return [`- (${reason?.split(':')[0]})`, '-', '-', '-', '-', '-'];
  const { realTimeFactor, worstBlock, primeRealTimeFactor, openMs, maxAbsLogits, isGreedyEqual } = figures;
  return [
    short(realTimeFactor),
    short(worstBlock),
    short(primeRealTimeFactor),
    openMs.toFixed(0),
    maxAbsLogits.toExponential(1),
    isGreedyEqual ? 'equal' : 'differ',
  ];
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
