import { Command } from 'commander';
import { playDefaults } from '../../process/play-options.js';
import { integerBetween, sampleRate } from '../option-values.js';
import { printJson, printLine } from '../terminal.js';

const explanation = `
Sends bundles with time tags into the engine that "play" runs, every 50 ms one, so that several are under way, and finds
the first sample that each of them changes. It is held against the frame that the clock model of the engine named for it.
A change is smoothed from there on and delayed by the look-ahead of the master's limiter, which is told apart.

Example:
  sashimi bench schedule --count 1000`;

interface ScheduleFlags {
  readonly count: number;
  readonly ahead: number;
  readonly sampleRate: number;
  readonly block: number;
  readonly json?: boolean;
}

export function benchScheduleCommand(): Command {
  return new Command('schedule')
    .summary('how exactly timed bundles are played')
    .description('Measures how far from its frame a bundle with a time changes the sound.')
    .argument('[BUNDLE]', 'a name in models/zoo, or a bundle folder', 'shore')
    .option('--count <N>', 'bundles', integerBetween(1, 100_000), 1000)
    .option('--ahead <MS>', 'how far ahead they are sent', integerBetween(60, 60_000), 500)
    .option('--sample-rate <HZ>', 'of the engine', sampleRate, playDefaults.sampleRate)
    .option('--block <FRAMES>', 'frames per block', integerBetween(16, 8192), playDefaults.blockFrames)
    .option('--json', 'for machines')
    .addHelpText('after', explanation)
    .action(async (bundle: string, { count, ahead, sampleRate, block, json }: ScheduleFlags) => {
      const { benchSchedule } = await import('../bench/osc/schedule.js');
      const sink = { type: 'null' } as const;
      const play = { ...playDefaults, oscPort: 0, sink, sampleRate, blockFrames: block };
      const result = await benchSchedule({ play, bundle, count, aheadMs: ahead });
      if (json) return printJson(result);
      printLine(
        `${result.found} of ${result.count} bundles, ${result.aheadMs} ms ahead, tell when they were played`,
      );
      printLine(`delay of the master stage: ${result.delayFrames} frames`);
      for (const [frames, times] of Object.entries(result.framesOff))
        printLine(`${frames} frames from the frame that the clock model names: ${times}`);
      const { median, p99, worst } = result.clockJitterMs;
      printLine(
        `that frame from its time: ${median.toFixed(3)} ms median, ${p99.toFixed(3)} p99, ${worst.toFixed(3)} worst`,
      );
      printLine(`${result.late} late, ${result.xruns} xruns of the sink, ${result.modelXruns} of the models`);
    });
}
