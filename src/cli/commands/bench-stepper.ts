import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import type { StepperChoice } from '../../../models/index.js';
import type { StepperBench } from '../bench/stepper.js';
import { numberBetween } from '../option-values.js';
import { printJson, printLine } from '../terminal.js';
import { textTable } from '../text-table.js';
import { blockFrames, forBundle } from './bench-options.js';

const explanation = `
realTimeFactor is how many seconds of sound one second of one core makes. worstBlock is the slowest block's
time over its duration: above 1, it would have been late without look-ahead. "own worst" is the slowest
block when each counts at its fastest repeat: what the model makes uneven, and not the system.
limitShare is the share of the floor that this core's multiply-adds and reads, probed in the same run, set.

Examples:
  sashimi bench stepper models/zoo/shore --stepper native --json
  sashimi bench stepper models/zoo/shore --picture cost.svg`;

interface StepperFlags {
  readonly stepper: StepperChoice;
  readonly seconds: number;
  readonly block: number;
  readonly repeats: number;
  readonly picture?: string;
  readonly json?: boolean;
}

export function benchStepperCommand(): Command {
  return forBundle(new Command('stepper'))
    .summary('how fast a model steps')
    .description('Measures how fast a stepper makes sound with a model, on one core.')
    .option('--seconds <N>', 'of sound to make in each repeat', numberBetween(0.1, 600), 1)
    .option('--block <FRAMES>', 'frames per block, at the rate of the model', blockFrames, 128)
    .option('--picture <FILE>', 'draw the cost of each block over time, as SVG')
    .addHelpText('after', explanation)
    .action(async (folder: string, flags: StepperFlags) => {
      const { benchStepper } = await import('../bench/stepper.js');
      const result = await benchStepper(folder, flags);
      if (flags.picture !== undefined) await draw(folder, flags, flags.picture);
      if (flags.json) return printJson(result);
      await show(result);
    });
}

async function draw(folder: string, flags: StepperFlags, file: string): Promise<void> {
  const { measureCosts } = await import('../bench/measure-costs.js');
  const { costPicture } = await import('../bench/cost-picture.js');
  await writeFile(file, costPicture(await measureCosts(folder, flags)));
}

async function show(result: StepperBench): Promise<void> {
  const { describeCore, describeFloor } = await import('../bench/core-limits.js');
  printLine(`${result.bundle}: ${result.path}; ${result.reason}`);
  printLine(
    `${result.realTimeFactor.toFixed(2)} times real time, ${Math.round(result.samplesPerSecond)} samples/s (slowest of ${result.repeats} repeats ${result.slowestRealTimeFactor.toFixed(2)})`,
  );
  const rows = result.blocks.map((block) => [
    String(block.blockFrames),
    block.meanMs.toFixed(3),
    block.worstMs.toFixed(3),
    block.worstBlock.toFixed(2),
    block.ownWorstMs.toFixed(3),
    block.ownWorstBlock.toFixed(2),
  ]);
  const head = ['block', 'mean ms', 'worst ms', 'of duration', 'own worst ms', 'of duration'];
  for (const line of textTable([head, ...rows])) printLine(line);
  printLine(describeFloor(result));
  printLine(describeCore(result.core));
}
