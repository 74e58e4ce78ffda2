/** A prepared graph at work. Knows no clock: whoever calls `tick` decides when, so live and offline are the same. */
import { map, type Observable, type OperatorFunction, ReplaySubject } from 'rxjs';
import { checkActionArgs } from './action-args.js';
import { GraphError, isCodedError } from './errors.js';
import type { LatencySum } from './latency.js';
import { didYouMean } from './nearest.js';
import type { ActionSpec, ActionValue, AudioBlock, Tick } from './node.js';
import { audioOf, NodeRunner } from './node-runner.js';
import type { GraphNotice } from './notice.js';
import type { ParamSetting } from './param.js';
import type { Constrained } from './param-law.js';
import type { PreparedGraph } from './prepare.js';

/** Notices of the start that a subscriber who comes right after it still gets. */
const KEPT_NOTICES = 16;

/** An audio output of one node of a run. */
export interface AudioOutputView {
  readonly nodeId: string;
  readonly port: string;
  readonly channels: number;
  /** What the last tick made there; borrowed until the next. */
  block(): AudioBlock;
}

/**
 * All methods but `dispose` belong to one thread, the audio path. Several runs may live side by side, as a
 * cross-fade needs: they share nothing. The run owns `prepared` once it is built and frees it in `dispose`.
 */
export class GraphRun {
  private readonly tickNow = { startFrame: 0, numFrames: 0 };
  private readonly notices = new ReplaySubject<GraphNotice>(KEPT_NOTICES);
  private readonly runners: NodeRunner[] = [];
  private readonly byId = new Map<string, NodeRunner>();
  private readonly outputRunner: NodeRunner;
  private disposal: Promise<void> | undefined;

  /** Faults and warnings, one at a time, as they happen inside `tick`. */
  readonly notices$: Observable<GraphNotice> = this.notices.asObservable();

  /** Builds every node. Throws GRAPH_CREATE; then nothing runs, and `prepared` is still the caller's to dispose of. */
  constructor(readonly prepared: PreparedGraph) {
    for (const node of prepared.nodes) {
      const runner = new NodeRunner(node, this.runners, this.tickNow, (notice) => this.notices.next(notice));
      this.runners.push(runner);
      this.byId.set(runner.id, runner);
    }
    this.outputRunner = this.runners[prepared.compiled.output.node]!;
    try {
      for (const runner of this.runners) runner.start();
    } catch (error) {
      for (const runner of this.runners) runner.stop();
      throw error;
    }
  }

  get latency(): LatencySum {
    return this.prepared.latency;
  }

  /** Runs every node once, in compiled order. Never throws for a node's fault. */
  tick(startFrame: number, numFrames: number): void {
    const { maxBlockFrames } = this.prepared.compiled.options;
    if (!(Number.isInteger(numFrames) && numFrames >= 1 && numFrames <= maxBlockFrames)) {
      throw new GraphError('GRAPH_TICK', `expected 1 to ${maxBlockFrames} frames but received ${numFrames}`);
    }
    this.tickNow.startFrame = startFrame;
    this.tickNow.numFrames = numFrames;
    for (let i = 0; i < this.runners.length; i++) this.runners[i]!.run();
  }

  /** What the last tick made at the patch's output: borrowed until the next tick, silent before the first. */
  output(): AudioBlock {
    return audioOf(this.outputRunner, this.prepared.compiled.output.port);
  }

  /** Every audio output, in the order in which the nodes run. Allocates. */
  audioOutputs(): readonly AudioOutputView[] {
    return this.runners.flatMap((runner) =>
      runner.audioPorts().map(({ name, channels }) => ({
        nodeId: runner.id,
        port: name,
        channels,
        block: () => audioOf(runner, name),
      })),
    );
  }

  /**
   * Takes effect with the next tick, smoothed, or over `rampMs` where that is given and the param a float. Clamps and tells; throws a
   * coded error for a wrong node, name or type.
   */
  setParam(nodeId: string, name: string, setting: ParamSetting, rampMs?: number): Constrained {
    return this.runner(nodeId).params.set(name, setting, rampMs);
  }

  /** Every param as set, without smoothing and modulation: what a restart or a preset needs. */
  params(): Record<string, Record<string, ParamSetting>> {
    return Object.fromEntries(this.runners.map((runner) => [runner.id, runner.params.values()]));
  }

  /**
   * Calls the node's handler at once, between two ticks; the promise settles with its answer, and rejects with a coded
   * error. `onPending` is called at once where the handler takes its time, and so may take effect at a later frame.
   */
  async callAction(
    nodeId: string,
    name: string,
    args: readonly unknown[],
    onPending?: () => void,
  ): Promise<ActionValue | undefined> {
    const runner = this.runner(nodeId);
    const spec = this.actionSpec(nodeId, name);
    const checked = checkActionArgs(spec, name, args);
    try {
      const answer = runner.actions.get(name)!(checked);
      if (answer instanceof Promise) onPending?.();
      return await answer;
    } catch (cause) {
      if (isCodedError(cause)) throw cause;
      throw new GraphError('GRAPH_NODE_THREW', `${nodeId}: the action "${name}" failed: ${String(cause)}`, {
        cause,
        remedy: 'The node plays on; report the failure to its author.',
      });
    }
  }

  /** Unsubscribes every node, then frees what they prepared. Off the audio path; safe to call twice. */
  dispose(): Promise<void> {
    this.disposal ??= this.tearDown();
    return this.disposal;
  }

  private async tearDown(): Promise<void> {
    for (const runner of this.runners) runner.stop();
    this.notices.complete();
    await this.prepared.dispose();
  }

  private runner(nodeId: string): NodeRunner {
    const runner = this.byId.get(nodeId);
    if (runner === undefined) {
      throw new GraphError(
        'GRAPH_UNKNOWN_NODE',
        `no node "${nodeId}"${didYouMean(nodeId, [...this.byId.keys()])}`,
      );
    }
    return runner;
  }

  private actionSpec(nodeId: string, name: string): ActionSpec {
    const node = this.prepared.nodes.find(({ compiled }) => compiled.id === nodeId)!;
    const actions: Readonly<Record<string, ActionSpec>> = node.compiled.descriptor.actions ?? {};
    const spec = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (spec === undefined) {
      throw new GraphError(
        'GRAPH_ACTION_UNKNOWN',
        `${nodeId} has no action "${name}"${didYouMean(name, Object.keys(actions))}`,
      );
    }
    return spec;
  }
}

/** The run as an operator: each tick in, one output block out, synchronously. The block is borrowed. */
export function renderTicks(run: GraphRun): OperatorFunction<Tick, AudioBlock> {
  return map(({ startFrame, numFrames }) => {
    run.tick(startFrame, numFrames);
    return run.output();
  });
}
