import { Command } from 'commander';
import { benchAllCommand } from './bench-all.js';
import { benchAutoCommand } from './bench-auto.js';
import { benchLatencyCommand } from './bench-latency.js';
import { benchOscCommand } from './bench-osc.js';
import { benchPrimeCommand } from './bench-prime.js';
import { benchProvidersCommand } from './bench-providers.js';
import { benchRingCommand } from './bench-ring.js';
import { benchRollbackCommand } from './bench-rollback.js';
import { benchScheduleCommand } from './bench-schedule.js';
import { benchStepperCommand } from './bench-stepper.js';
import { benchVoicesCommand } from './bench-voices.js';

/** Every measurement is a command of its own file: a new one is one line here. */
export function benchCommand(): Command {
  return new Command('bench')
    .summary('measure speed')
    .description('Measures how fast parts of the engine run on this machine.')
    .addCommand(benchStepperCommand())
    .addCommand(benchAutoCommand())
    .addCommand(benchPrimeCommand())
    .addCommand(benchVoicesCommand())
    .addCommand(benchProvidersCommand())
    .addCommand(benchRingCommand())
    .addCommand(benchRollbackCommand())
    .addCommand(benchLatencyCommand())
    .addCommand(benchScheduleCommand())
    .addCommand(benchOscCommand())
    .addCommand(benchAllCommand());
}
