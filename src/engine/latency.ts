/**
 * The latency sum: OSC packet in, changed sound out. A pure function of the parts in the
 * latency budget, so that it can be held against a table of literal numbers.
 */
import { type CompiledPatch, framesToMs } from '../../graph/index.js';

export interface LatencyInput {
  /** Hz, of the engine. */
  readonly sampleRate: number;
  readonly blockFrames: number;
  /**
   * From the tick that a control value comes to until the models' first frame that shows it: the look-ahead, of which
   * the tick itself is a part, or with rollback what stepping again takes; 0 without a model, or offline.
   */
  readonly modelControlMs: number;
  /** Period of the slowest conditioning input in use, ms; 0 when nothing is conditioned. */
  readonly conditioningMs: number;
  /** What the nodes delay on the longest path: resampler, limiter, windows. Engine frames. */
  readonly graphLatencyFrames: number;
  /** What the sink driver holds: queue and device. Engine frames. */
  readonly sinkLatencyFrames: number;
}

/** One row of the budget; `min` to `max` is what chance makes of it. */
export interface LatencyPart {
  readonly name: 'osc' | 'conditioning' | 'tick' | 'model' | 'graph' | 'sink';
  readonly minMs: number;
  readonly maxMs: number;
}

export interface LatencyBudget {
  readonly parts: readonly LatencyPart[];
  readonly minMs: number;
  /** The middle between best and worst: what a performer gets on average. */
  readonly medianMs: number;
  readonly maxMs: number;
}

/** Decode, stamp, post to the audio worker. */
const oscMs = 1;

export function latencyBudget(input: LatencyInput): LatencyBudget {
  const { sampleRate } = input;
  const fixed = (name: LatencyPart['name'], ms: number): LatencyPart => ({ name, minMs: ms, maxMs: ms });
  const parts: LatencyPart[] = [
    fixed('osc', oscMs),
    { name: 'conditioning', minMs: 0, maxMs: input.conditioningMs },
    { name: 'tick', minMs: 0, maxMs: framesToMs(input.blockFrames, sampleRate) },
    fixed('model', input.modelControlMs),
    fixed('graph', framesToMs(input.graphLatencyFrames, sampleRate)),
    fixed('sink', framesToMs(input.sinkLatencyFrames, sampleRate)),
  ];
  let minMs = 0;
  let maxMs = 0;
  for (const part of parts) {
    minMs += part.minMs;
    maxMs += part.maxMs;
  }
  return { parts, minMs, medianMs: (minMs + maxMs) / 2, maxMs };
}

/** Period of the slowest conditioning connection of a patch, ms; 0 when it has none. */
export function slowestConditioningMs({ nodes }: CompiledPatch): number {
  let slowestMs = 0;
  for (const { inputs, modulations } of nodes) {
    for (const { source } of [...inputs, ...modulations]) {
      if (source === undefined) continue;
      const port = nodes[source.node]!.outputs.find(({ name }) => name === source.port);
      if (port?.spec.kind === 'cond') slowestMs = Math.max(slowestMs, 1000 / port.spec.rateHz);
    }
  }
  return slowestMs;
}
