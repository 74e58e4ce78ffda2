import { join } from 'node:path';
import { Command, Option } from 'commander';
import { integerBetween } from '../option-values.js';
import type { ReplayReport } from '../replay-take.js';
import { printJson, printLine } from '../terminal.js';

const examples = `
FOLDER was written by sashimi play --take. The replay gives the same samples as were played, up to the first
deviation that the take tells of, with the same bundles, stepper and instruction set; with others it is refused,
but for --anyway.

Examples:
  sashimi replay monday --out monday.wav
  sashimi replay monday --verify              is every sample as it was?
  sashimi replay monday --stems monday-stems --bit-depth 24 --sample-rate 44100`;

interface ReplayFlags {
  readonly out?: string;
  readonly stems?: string;
  readonly sampleRate?: number;
  readonly bitDepth: '16' | '24' | '32f';
  readonly verify?: boolean;
  readonly anyway?: boolean;
  readonly json?: boolean;
}

export function replayCommand(): Command {
  return new Command('replay')
    .summary('render a take anew')
    .description(
      'Renders a take offline, from its control log. Exit code 1 where --verify finds a difference.',
    )
    .argument('<FOLDER>', 'the take')
    .option('--out <FILE>', 'the WAV file to write')
    .option('--stems <FOLDER>', 'a new folder for a file of every node')
    .option(
      '--sample-rate <HZ>',
      'of the files; that of the take when left out',
      integerBetween(8000, 192_000),
    )
    .addOption(new Option('--bit-depth <BITS>', 'of the file').choices(['16', '24', '32f']).default('32f'))
    .option('--verify', 'hold it against the sound that the take kept')
    .option('--anyway', 'also with another stepper or changed bundles: then it may sound different')
    .option('--json', 'for machines')
    .addHelpText('after', examples)
    .action(async (folder: string, flags: ReplayFlags) => {
      const { replayToFile } = await import('../replay-take.js');
      const { verify = false, anyway = false } = flags;
      const report = await replayToFile(folder, { ...flags, verify, anyway });
      if (flags.json) printJson(report);
      else for (const line of linesOf(report, flags.out, flags.stems)) printLine(line);
      if (report.difference) process.exitCode = 1;
    });
}

function linesOf(report: ReplayReport, out: string | undefined, stems: string | undefined): string[] {
  const { take, frames, sampleRate, isComplete, changes, deviations, xruns, difference } = report;
  const seconds = (frame: number): string => `${(frame / sampleRate).toFixed(3)} s (frame ${frame})`;
  const lines = [`${take}: ${seconds(frames)}${isComplete ? '' : ', cut off'}`];
  if (out !== undefined) lines.push(`Written: ${out}`);
  if (stems !== undefined) lines.push(`Written: ${join(stems, 'stems.json')} and a file of every node`);
  lines.push(...changes);
  for (const { sinceFrame, code, reason } of deviations) {
    lines.push(`May differ from ${seconds(sinceFrame)} on: ${code}, ${reason}.`);
  }
  if (xruns > 0)
    lines.push(`The sink ran dry ${xruns} times: gaps that were heard, but are not in the samples.`);
  if (difference === null) lines.push(`Every sample is as it was, of ${report.comparedFrames} frames.`);
  else if (difference !== undefined) {
    const { frame, channel, recorded, replayed } = difference;
    lines.push(`Differs from ${seconds(frame)} on: channel ${channel + 1} was ${recorded}, is ${replayed}.`);
  }
  if (report.otherNode) {
    const { nodeId, untilFrame } = report.otherNode;
    lines.push(`The first node that sounds different is ${nodeId}, somewhere up to ${seconds(untilFrame)}.`);
  }
  return lines;
}
