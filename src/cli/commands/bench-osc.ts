import { Command, Option } from 'commander';
import { playDefaults } from '../../process/play-options.js';
import type { FuzzResult } from '../bench/osc/fuzz.js';
import type { TrafficResult } from '../bench/osc/traffic.js';
import { integerBetween, numberBetween, seed } from '../option-values.js';
import { printJson, printLine } from '../terminal.js';

const explanation = `
Two measurements. "traffic" plays a model through mixers with the engine that "play" runs and moves their params over
UDP: xruns, lost packets, and what the handling of a packet takes. "packets" gives mutated packets of every kind to the
dispatcher, as datagrams and as streams of TCP: it must neither fail nor keep memory.

Examples:
  sashimi bench osc --seconds 10
  sashimi bench osc --only packets --packets 10000000`;

interface OscFlags {
  readonly only?: 'traffic' | 'packets';
  readonly bundle: string;
  readonly rate: number;
  readonly addresses: number;
  readonly seconds: number;
  readonly packets: number;
  readonly seed: number;
  readonly json?: boolean;
}

export function benchOscCommand(): Command {
  return new Command('osc')
    .summary('what OSC costs, and what mutated packets do')
    .description('Measures how an engine bears many OSC messages, and packets that are nearly right.')
    .addOption(new Option('--only <ONE>', 'of the two').choices(['traffic', 'packets']))
    .option('--bundle <BUNDLE>', 'that plays meanwhile', 'shore')
    .option('--rate <N>', 'messages per second', integerBetween(1, 200_000), 20_000)
    .option('--addresses <N>', 'that they move', integerBetween(1, 2000), 500)
    .option('--seconds <N>', 'of traffic', numberBetween(0.1, 3600), 10)
    .option('--packets <N>', 'that are mutated', integerBetween(100, 1_000_000_000), 200_000)
    .option('--seed <N>', 'the same seed, the same packets', seed, 1)
    .option('--json', 'for machines')
    .addHelpText('after', explanation)
    .action(async ({ only, bundle, rate, addresses, seconds, packets, seed, json }: OscFlags) => {
      const { benchTraffic } = await import('../bench/osc/traffic.js');
      const { fuzz } = await import('../bench/osc/fuzz.js');
      const play = { ...playDefaults, oscPort: 0, sink: { type: 'null' } } as const;
      const traffic =
        only === 'packets'
          ? undefined
          : await benchTraffic({ play, bundle, perSecond: rate, addresses, seconds });
      const mutated = only === 'traffic' ? undefined : fuzz({ packets, seed });
      if (json) return printJson({ traffic, packets: mutated });
      if (traffic !== undefined) for (const line of trafficLines(traffic)) printLine(line);
      if (mutated !== undefined) for (const line of packetLines(mutated)) printLine(line);
    });
}

function trafficLines(result: TrafficResult): string[] {
  const { answerMs } = result;
  return [
    `${result.sent} messages over ${result.addresses} addresses in ${result.seconds.toFixed(1)} s: ${Math.round(result.sentPerSecond)} a second`,
    `${result.lost} lost, ${result.dropped} dropped by the rate limit, ${result.refused} refused, ${result.unanswered} questions without an answer`,
    `a packet: ${result.handlingUs.toFixed(1)} us mean, ${result.handlingP99Us.toFixed(1)} p99, ${result.handlingWorstUs.toFixed(0)} worst`,
    `/sync to /synced: ${answerMs.median.toFixed(2)} ms median, ${answerMs.p99.toFixed(2)} p99, ${answerMs.worst.toFixed(2)} worst`,
    `${result.xruns} xruns of the sink, ${result.modelXruns} of the models`,
  ];
}

function packetLines(result: FuzzResult): string[] {
  const { median, p99, p999, worst } = result.handlingUs;
  const mebibytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);
  return [
    `${result.packets} mutated packets of seed ${result.seed}, ${result.streamed} of them in streams (${result.brokenStreams} given up): no fault`,
    `${result.posted} messages to the audio thread, ${result.requested} requests, ${result.answered} answers; ${result.dropped} dropped by the rate limits`,
    `a packet: ${median.toFixed(1)} us median, ${p99.toFixed(1)} p99, ${p999.toFixed(1)} p99.9, ${worst.toFixed(0)} worst`,
    `${Math.round(result.packetsPerSecond)} packets a second, made and handled`,
    `memory in use: ${mebibytes(result.heapBefore)} MiB after a tenth, ${mebibytes(result.heapAfter)} MiB at the end`,
  ];
}
