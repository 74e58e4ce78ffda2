/** The report of all measurements as titled tables; each row is text. A pair is median / worst. */
import type { BenchReport } from './all.js';
import { percent } from './core-limits.js';
import { latencyRows } from './latency/table.js';
import { providerRows } from './providers.js';
import type { Spread } from './spread.js';
import type { SpeedFigures } from './subject.js';

export interface ReportTable {
  readonly title: string;
  /** The first is the head. */
  readonly rows: readonly (readonly string[])[];
}

export function reportTables(report: BenchReport): ReportTable[] {
  const speed = ({ realTimeFactor, samplesPerSecond, limitShare }: SpeedFigures): string[] => [
    realTimeFactor.toFixed(2),
    Math.round(samplesPerSecond).toString(),
    percent(limitShare),
  ];
  const speedHead = ['times real time', 'samples/s', 'of the floor'];
  const worst = (blocks: BenchReport['steppers'][number]['blocks'], frames: number): string => {
    const block = blocks.find(({ blockFrames }) => blockFrames === frames);
    return block === undefined
      ? '-'
      : `${block.meanMs.toFixed(2)} / ${block.ownWorstMs.toFixed(2)} / ${block.worstMs.toFixed(2)}`;
  };
  const spread = ({ median, worst }: Spread, digits: number): string =>
    `${median.toFixed(digits)} / ${worst.toFixed(digits)}`;
  return [
    {
      title: 'Steppers, one voice',
      rows: [
        ['bundle', 'path', ...speedHead, '64: mean / own worst / worst ms', '128', '256'],
        ...report.steppers.map((result) => [
          result.bundle,
          result.path,
          ...speed(result),
          ...[64, 128, 256].map((frames) => worst(result.blocks, frames)),
        ]),
      ],
    },
    {
      title: 'Prime',
      rows: [
        ['bundle', 'path', 'frames', ...speedHead, 'ms'],
        ...report.primes.map((result) => [
          result.bundle,
          result.path,
          String(result.frames),
          ...speed(result),
          result.medianMs.toFixed(1),
        ]),
      ],
    },
    {
      title: 'Voices, in sum',
      rows: [
        ['bundle', 'path', 'voices', ...speedHead, 'in real time', 'worst block'],
        ...report.voices.map((result) => [
          result.bundle,
          result.path,
          String(result.voices),
          ...speed(result),
          String(result.voicesInRealTime),
          result.worstBlock.toFixed(2),
        ]),
      ],
    },
    {
      title: "Ring, the model's thread in real time",
      rows: [
        ['bundle', 'path', 'scheduling', 'load', 'read us', 'thread late ms', 'reader late ms', 'xruns'],
        ...report.rings.map((result) => [
          result.bundle,
          result.path,
          result.scheduling,
          percent(result.load),
          spread(result.readUs, 1),
          spread(result.threadLateMs, 2),
          spread(result.readerLateMs, 2),
          `${result.xruns} of ${result.reads}`,
        ]),
      ],
    },
    {
      title: 'Rollback, control changes that reach back',
      rows: [
        ['bundle', 'path', 'verdict', 'snapshot MB', 'snapshot ms', 'restore ms', 'back ms', 'late', 'xruns'],
        ...report.rollbacks.map((result) => [
          result.bundle,
          result.path,
          result.verdict,
          (result.snapshotBytes / 1e6).toFixed(2),
          spread(result.snapshotMs, 3),
          spread(result.restoreMs, 3),
          spread(result.wentBackMs, 2),
          `${result.lateRollbacks} of ${result.rollbacks}`,
          String(result.xruns),
        ]),
      ],
    },
    { title: 'Providers, one voice', rows: providerRows(report.providers) },
    {
      title: `Latency, OSC packet to changed sample, ${report.latency.bundle}, look-ahead ${report.latency.lookAheadMs} ms, block ${report.latency.blockFrames}`,
      rows: latencyRows(report.latency),
    },
  ];
}
