import { textTable } from '../../text-table.js';
import type { LatencyBench } from './latency.js';

export function latencyTable(bench: LatencyBench): string[] {
  return textTable(latencyRows(bench));
}

/** The first is the head. */
export function latencyRows({ results }: LatencyBench): string[][] {
  const ms = (value: number): string => value.toFixed(2);
  const rows = results.map((result) => [
    `${result.fader}${result.withLfos ? ' under LFOs' : ''}`,
    result.fader === 'level' ? '-' : `${result.variant} (${result.rollback})`,
    String(result.count),
    String(result.discarded),
    ms(result.heard.medianMs),
    ms(result.heard.p99Ms),
    ms(result.heard.worstMs),
    `${ms(result.computed.minMs)} .. ${ms(result.computed.maxMs)}`,
    ms(result.given.medianMs),
    `${result.xruns} / ${result.modelXruns}`,
  ]);
  const head = [
    'fader',
    'model',
    'packets',
    'discarded',
    'median ms',
    'p99 ms',
    'worst ms',
    'computed ms',
    'given, median ms',
    'xruns sink / model',
  ];
  return [head, ...rows];
}
