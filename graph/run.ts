/** A prepared graph at work. Knows no clock: whoever calls `tick` decides when, so live and offline are the same. */
import { map, type Observable, type OperatorFunction, ReplaySubject } from 'rxjs';
import { checkActionArgs } from './action-args.js';
import type { CompiledPatch } from './compile.js';
import { Crossfade, FadeCurve } from './crossfade.js';
import { GraphError, isCodedError } from './errors.js';
import type { LatencySum } from './latency.js';
import { didYouMean } from './nearest.js';
import type { ActionSpec, ActionValue, AudioBlock, Services, Tick } from './node.js';
import { audioOf, NodeRunner, type SharedByRunners } from './node-runner.js';
import type { GraphNotice } from './notice.js';
import type { ParamSetting } from './param.js';
import type { Constrained } from './param-law.js';
import { disposeNodes, type PreparedGraph } from './prepare.js';
import {
  planSuccession,
  prepareSuccession,
  type RunnerOutput,
  type Succession,
  type SuccessionObstacle,
  type SuccessionPlan,
} from './succession.js';

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
 * cross-fade needs: they share nothing. The run owns `prepared` once it is built and frees it in `dispose`; so it does with
 * what it goes on as.
 */
export class GraphRun {
  private readonly tickNow = { startFrame: 0, numFrames: 0 };
  private readonly notices = new ReplaySubject<GraphNotice>(KEPT_NOTICES);
  private readonly shared: SharedByRunners;
  /** In the order in which they run: while fades are under way, with those that leave. */
  private runners: readonly NodeRunner[];
  /** The same once the fades are over. */
  private remaining: readonly NodeRunner[];
  private leaving: readonly NodeRunner[] = [];
  private byId: ReadonlyMap<string, NodeRunner>;
  private out: RunnerOutput;
  private outFade: Crossfade | undefined;
  private outBlock: AudioBlock | undefined;
  private current: PreparedGraph;
  /** Of nodes that have left. */
  private readonly disposals = new Set<Promise<void>>();
  private disposal: Promise<void> | undefined;

  /** Faults and warnings, one at a time, as they happen inside `tick`. */
  readonly notices$: Observable<GraphNotice> = this.notices.asObservable();

  /** Builds every node. Throws GRAPH_CREATE; then nothing runs, and `prepared` is still the caller's to dispose of. */
  constructor(prepared: PreparedGraph) {
    this.current = prepared;
    this.shared = {
      tick: this.tickNow,
      curve: new FadeCurve(prepared.compiled.options.sampleRate),
      notify: (notice) => this.notices.next(notice),
    };
    const runners = prepared.nodes.map((node) => new NodeRunner(node, this.shared));
    this.runners = runners;
    this.remaining = runners;
    this.byId = byId(runners);
    this.out = outputOf(prepared, runners);
    try {
      for (const runner of runners) {
        runner.connect((place) => runners[place]!);
        runner.start();
      }
    } catch (error) {
      for (const runner of runners) runner.stop();
      throw error;
    }
  }

  /** What it is made of now. */
  get prepared(): PreparedGraph {
    return this.current;
  }

  get latency(): LatencySum {
    return this.current.latency;
  }

  /** Until the last change is heard in full; 0 when nothing fades. */
  get fadeFramesLeft(): number {
    return this.shared.curve.framesLeft;
  }

  /** Runs every node once, in compiled order. Never throws for a node's fault. */
  tick(startFrame: number, numFrames: number): void {
    const { maxBlockFrames } = this.current.compiled.options;
    if (!(Number.isInteger(numFrames) && numFrames >= 1 && numFrames <= maxBlockFrames)) {
      throw new GraphError('GRAPH_TICK', `expected 1 to ${maxBlockFrames} frames but received ${numFrames}`);
    }
    this.tickNow.startFrame = startFrame;
    this.tickNow.numFrames = numFrames;
    for (let i = 0; i < this.runners.length; i++) this.runners[i]!.run();
    const { curve } = this.shared;
    this.outBlock = undefined;
    if (curve.framesLeft === 0) return;
    this.outBlock = this.outFade?.towards(audioOf(this.out.runner, this.out.port), curve, numFrames);
    curve.advance(numFrames);
    if (curve.framesLeft === 0) this.settle();
  }

  /** What the last tick made at the patch's output: borrowed until the next tick, silent before the first. */
  output(): AudioBlock {
    return this.outBlock ?? audioOf(this.out.runner, this.out.port);
  }

  /**
   * How it would go on as `compiled` once nothing fades any more, or why it cannot. `anew` names nodes that are to lose their
   * memory. The plan holds until the next `succeed`.
   */
  plan(compiled: CompiledPatch, anew: readonly string[] = []): SuccessionPlan | SuccessionObstacle {
    return planSuccession({ runners: this.remaining, output: this.out }, compiled, new Set(anew));
  }

  /** Prepares and builds what is new in `plan`; nothing changes yet. Rejects with a coded error, and nothing is left behind. */
  prepareSuccession(plan: SuccessionPlan, services: Services): Promise<Succession> {
    return prepareSuccession(plan, this.shared, services);
  }

  /**
   * Goes on as another patch, from the next tick on. Nodes that stay keep their memory and their params; what is built anew,
   * `anew` apart, takes the params of the node of its id and type. Audio cross-fades wherever its source is another one; what
   * leaves runs until then and is disposed of. Only when nothing fades.
   */
  succeed({ plan, prepared, runners, order }: Succession, anew: readonly string[] = []): void {
    const before = this.byId;
    const oldOut = this.out;
    this.current = prepared;
    this.byId = byId(runners);
    for (const [place, runner] of runners.entries()) {
      if (plan.staying.get(runner.id) === runner) {
        runner.become(prepared.nodes[place]!, (source) => runners[source]!);
      } else if (!anew.includes(runner.id)) runner.takeParams(before.get(runner.id));
    }
    this.out = outputOf(prepared, runners);
    const { runner, port, channels } = oldOut;
    if (runner !== this.out.runner || port !== this.out.port) {
      const most = Math.max(channels, this.out.channels);
      this.outFade = new Crossfade(runner, port, most, prepared.compiled.options.maxBlockFrames);
    }
    this.runners = order;
    this.remaining = runners;
    this.leaving = plan.leaving;
    this.shared.curve.begin();
    if (this.outFade === undefined && !runners.some((runner) => runner.isFading)) this.settle();
  }

  /** Takes the params as set of all nodes of `from` that are here too, but for those named. */
  takeParams(from: GraphRun, anew: readonly string[] = []): void {
    for (const [id, runner] of this.byId) if (!anew.includes(id)) runner.takeParams(from.byId.get(id));
  }

  /** Every audio output of `prepared`, in the order in which the nodes run. Allocates. */
  audioOutputs(): readonly AudioOutputView[] {
    return this.remaining.flatMap((runner) =>
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
    return Object.fromEntries(this.remaining.map((runner) => [runner.id, runner.params.values()]));
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
    this.settle();
    for (const runner of this.runners) runner.stop();
    this.notices.complete();
    const results = await Promise.allSettled([this.current.dispose(), ...this.disposals]);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** The fades are over: what leaves has gone. What the last tick made at the output stays. */
  private settle(): void {
    const { curve } = this.shared;
    curve.advance(curve.framesLeft);
    this.outFade = undefined;
    this.runners = this.remaining;
    for (let i = 0; i < this.remaining.length; i++) this.remaining[i]!.settle();
    if (this.leaving.length === 0) return;
    for (const runner of this.leaving) runner.stop();
    const disposal = disposeNodes(this.leaving.map(({ plan }) => plan));
    this.leaving = [];
    this.disposals.add(disposal);
    disposal.then(
      () => this.disposals.delete(disposal),
      // Stays, for `dispose` to tell.
      () => undefined,
    );
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
    const { descriptor } = this.runner(nodeId).plan.compiled;
    const actions: Readonly<Record<string, ActionSpec>> = descriptor.actions ?? {};
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

function byId(runners: readonly NodeRunner[]): ReadonlyMap<string, NodeRunner> {
  return new Map(runners.map((runner) => [runner.id, runner]));
}

function outputOf({ compiled }: PreparedGraph, runners: readonly NodeRunner[]): RunnerOutput {
  const { node, port, channels } = compiled.output;
  return { runner: runners[node]!, port, channels };
}

/** The run as an operator: each tick in, one output block out, synchronously. The block is borrowed. */
export function renderTicks(run: GraphRun): OperatorFunction<Tick, AudioBlock> {
  return map(({ startFrame, numFrames }) => {
    run.tick(startFrame, numFrames);
    return run.output();
  });
}
