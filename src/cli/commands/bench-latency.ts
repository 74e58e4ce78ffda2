import { Command } from 'commander';
import type { StepperChoice } from '../../../models/index.js';
import { playDefaults } from '../../process/play-options.js';
import { integerBetween, numberBetween, sampleRate } from '../option-values.js';
import { err, printJson, printLine } from '../terminal.js';
import { stepperOption } from './stepper-option.js';

const explanation = `
Starts the engine that "play" runs, sends OSC packets over UDP at random moments, and finds the first sample that
each of them changes. "heard" counts to the time at which that sample is due at a device that plays a block from the
moment it asks for it; "given" to the moment at which the sink has it. The queue of a sound card comes on top of both:
--device takes a real one as the clock and adds what its driver says that it holds.

Moved are the level after the model, alone and while LFOs move another one; the temperature of the model; and its
topK while LFOs move its temperature; and, of a model that takes notes, a key. The model's own with rollback, where
the engine finds that there is time for it, and without.

Example:
  sashimi bench latency shore --count 200`;

interface LatencyFlags {
  readonly stepper: StepperChoice;
  readonly count: number;
  readonly sampleRate: number;
  readonly block: number;
  readonly lookAhead: number;
  readonly device?: string;
  readonly json?: boolean;
}

export function benchLatencyCommand(): Command {
  return new Command('latency')
    .summary('how long an OSC packet takes to be heard')
    .description('Measures the time from an OSC packet to the first sample that it changes at the sink.')
    .argument('[BUNDLE]', 'a name in models/zoo, or a bundle folder', 'shore')
    .addOption(stepperOption())
    .option('--count <N>', 'packets for each measurement', integerBetween(1, 100_000), 1000)
    .option('--sample-rate <HZ>', 'of the engine', sampleRate, playDefaults.sampleRate)
    .option('--block <FRAMES>', 'frames per block', integerBetween(16, 8192), playDefaults.blockFrames)
    .option(
      '--look-ahead <MS>',
      'how far models run ahead',
      numberBetween(0.1, 1000),
      playDefaults.lookAheadMs,
    )
    .option('--device <NAME>', 'a sound device as the clock, instead of the null sink')
    .option('--json', 'for machines')
    .addHelpText('after', explanation)
    .action(async (bundle: string, flags: LatencyFlags) => {
      const { benchLatency } = await import('../bench/latency/latency.js');
      const { latencyTable } = await import('../bench/latency/table.js');
      const { usualStepper } = await import('../../../models/index.js');
      const { sampleRate, block, lookAhead: lookAheadMs, stepper, count, device } = flags;
      const sink =
        device === undefined ? ({ type: 'null' } as const) : ({ type: 'speaker', device } as const);
      const play = {
        ...playDefaults,
        oscPort: 0,
        sink,
        sampleRate,
        blockFrames: block,
        lookAheadMs,
        // Offline renders, which live sound is held against, have the usual one.
        stepper: stepper === 'auto' ? usualStepper() : stepper,
      };
      const result = await benchLatency({
        play,
        bundle,
        count,
        onWaiting: (message) => err.write(`${message}\n`),
      });
      if (flags.json) return printJson(result);
      printLine(
        `${result.bundle} (${result.path}) into ${result.sink}, ${result.sampleRate} Hz, blocks of ${result.blockFrames} frames, look-ahead ${result.lookAheadMs} ms`,
      );
      for (const line of latencyTable(result)) printLine(line);
    });
}
