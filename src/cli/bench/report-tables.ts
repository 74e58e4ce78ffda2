/** The report of all measurements as titled tables; each row is text. */
import type { BenchReport } from './all.js';
import { percent } from './core-limits.js';
import { latencyRows } from './latency/table.js';
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
        ['bundle', 'path', 'voices', ...speedHead, 'worst block'],
        ...report.voices.map((result) => [
          result.bundle,
          result.path,
          String(result.voices),
          ...speed(result),
          result.worstBlock.toFixed(2),
        ]),
      ],
    },
    {
      title: `Latency, OSC packet to changed sample, ${report.latency.bundle}, look-ahead ${report.latency.lookAheadMs} ms, block ${report.latency.blockFrames}`,
      rows: latencyRows(report.latency),
    },
  ];
}
