/** One node at work: its input, its operator and the boundary that keeps its faults to itself. */
import type { Subscription } from 'rxjs';
import { type AnyBlock, inspectBlock, silenceOf } from './blocks.js';
import type { CompiledNode, CompiledPort, ModulationRoute } from './compile.js';
import { condFrameAt } from './cond-frames.js';
import type { FadeCurve } from './crossfade.js';
import { GraphError, type GraphErrorCode, isCodedError, messageOf } from './errors.js';
import { Inlet } from './inlet.js';
import type {
  ActionHandler,
  AudioBlock,
  CondBlock,
  CondPortSpec,
  NodeContext,
  NodeInput,
  PortSpecs,
  Tick,
} from './node.js';
import { NodeInputs, type RunnerAt } from './node-inputs.js';
import { type GraphNotice, WarningLimiter } from './notice.js';
import type { ParamSetting } from './param.js';
import { ParamStore } from './param-store.js';
import type { PreparedNode } from './prepare.js';
import { createRandom } from './random.js';

type Blocks = Readonly<Record<string, AnyBlock>>;

interface Modulation {
  readonly param: string;
  readonly runner: NodeRunner;
  readonly port: string;
  readonly amount: number;
  /** Last conditioning value seen: holds through ticks without one. */
  last: number;
}

/** An output that its node knows ahead. */
interface Foresight {
  readonly port: string;
  readonly rateHz: number;
  readonly valueAt: (index: number) => number;
}

/** The same of any dim. */
interface RowForesight {
  readonly port: string;
  readonly rateHz: number;
  readonly rowAt: (index: number, out: Float32Array) => boolean;
}

/** What all runners of a graph have in common. */
export interface SharedByRunners {
  readonly tick: Tick;
  /** Of the fades between sources. */
  readonly curve: FadeCurve;
  notify(notice: GraphNotice): void;
}

export class NodeRunner {
  readonly id: string;
  readonly params: ParamStore;
  readonly actions = new Map<string, ActionHandler>();
  /** What readers of this node see: its answer to this tick, or silence. */
  current: Blocks;

  private readonly inlet = new Inlet<NodeInput<PortSpecs>>();
  private readonly inputs: NodeInputs;
  private readonly input: NodeInput<PortSpecs>;
  private readonly silence: Blocks;
  private readonly limiter: WarningLimiter;
  private modulations: readonly Modulation[] = [];
  /** What `create` asked about its inputs: where that changes, the node must be made anew. */
  private readonly askedConnections = new Set<string>();
  private readonly foresights: Foresight[] = [];
  private readonly rowForesights: RowForesight[] = [];
  private subscription: Subscription | undefined;
  private answer: Blocks;
  private answers = 0;
  private isRunning = false;
  private isSilenced = false;

  private readonly tick: Tick;

  constructor(
    private prepared: PreparedNode,
    private readonly shared: SharedByRunners,
  ) {
    const { compiled, context } = prepared;
    this.tick = shared.tick;
    this.id = compiled.id;
    this.params = new ParamStore(compiled.descriptor.params, compiled.params, context.sampleRate);
    this.limiter = new WarningLimiter(context.sampleRate);
    this.silence = Object.fromEntries(
      compiled.outputs.map((port) => [port.name, silenceOf(port, context.maxBlockFrames)]),
    );
    this.current = this.silence;
    this.answer = this.silence;
    this.inputs = new NodeInputs(compiled.inputs, context.maxBlockFrames, shared.curve);
    this.input = { tick: this.tick, in: this.inputs.blocks as NodeInput<PortSpecs>['in'] };
  }

  get plan(): PreparedNode {
    return this.prepared;
  }

  /** Joins it to its sources, once, before its first tick. */
  connect(runnerAt: RunnerAt): void {
    const { inputs, modulations } = this.prepared.compiled;
    this.inputs.connect(inputs, runnerAt);
    this.modulations = modulations.map((route) => modulationOf(route, runnerAt));
  }

  /** Whether it may go on as `next`: nothing that it was built with is other there. */
  canBecome(next: CompiledNode): boolean {
    const { compiled } = this.prepared;
    return (
      next.descriptor === compiled.descriptor &&
      next.seed === compiled.seed &&
      haveEqualValues(next.settings, compiled.settings) &&
      next.outputs.every(({ channels }, i) => channels === compiled.outputs[i]!.channels) &&
      next.inputs.every(({ name, channels, source }, i) => {
        const before = compiled.inputs[i]!;
        if (channels !== before.channels) return false;
        return (source === undefined) === (before.source === undefined) || !this.askedConnections.has(name);
      })
    );
  }

  /** Goes on as `next`, which it can become, between two ticks: other sources, the same memory. */
  become(next: PreparedNode, runnerAt: RunnerAt): void {
    this.prepared = next;
    this.inputs.change(next.compiled.inputs, runnerAt);
    for (const { param } of this.modulations) this.params.modulate(param, 0);
    this.modulations = next.compiled.modulations.map((route) => {
      const now = modulationOf(route, runnerAt);
      const before = this.modulations.find(
        ({ param, runner, port }) => param === now.param && runner === now.runner && port === now.port,
      );
      return { ...now, last: before?.last ?? 0 };
    });
  }

  /** The params as set of a node of the same type. */
  takeParams(from: NodeRunner | undefined): void {
    if (from === undefined || from.prepared.compiled.descriptor !== this.prepared.compiled.descriptor) return;
    for (const [name, value] of Object.entries(from.params.values())) this.params.set(name, value);
  }

  /** Whether one of its inputs goes from one source to another. */
  get isFading(): boolean {
    return this.inputs.isFading;
  }

  /** The fades of its inputs are over. */
  settle(): void {
    this.inputs.settle();
  }

  /** What feeds an input now. */
  source(input: string): { readonly runner: NodeRunner; readonly port: string } | undefined {
    return this.inputs.source(input);
  }

  /** Everything that it reads, once the fades under way are over: what follows then may be planned meanwhile. */
  *sources(): Iterable<NodeRunner> {
    yield* this.inputs.sources();
    for (const { runner } of this.modulations) yield runner;
  }

  /** Builds the node. Throws GRAPH_CREATE: at this time nothing sounds yet, so a fault stops the start. */
  start(): void {
    const { descriptor } = this.prepared.compiled;
    try {
      const operator = descriptor.create(this.context(), this.prepared.resources as never);
      this.subscription = operator(this.inlet.source$).subscribe({
        next: (value) => this.onAnswer(value as Blocks),
        error: (cause: unknown) => this.silenceFor('GRAPH_NODE_THREW', messageOf(cause)),
        complete: () => this.silenceFor('GRAPH_NODE_ENDED', 'it completed'),
      });
    } catch (cause) {
      throw isCodedError(cause) ? cause : this.createError(messageOf(cause), cause);
    }
    for (const name of Object.keys(descriptor.actions ?? {})) {
      if (!this.actions.has(name)) throw this.createError(`its action "${name}" is not bound`);
    }
    if (this.isSilenced || this.answers > 0) throw this.createError('it answered before the first tick');
  }

  /** One tick: gathers the input, asks the node, checks the answer. */
  run(): void {
    if (this.isSilenced) return;
    const { numFrames } = this.tick;
    this.gather(numFrames);
    this.answers = 0;
    this.isRunning = true;
    this.inlet.next(this.input);
    this.isRunning = false;
    if (this.isSilenced) return;
    if (this.answers === 1) this.accept(numFrames);
    else this.silenceFor('GRAPH_NODE_EMISSION', `it answered ${this.answers} times`);
  }

  audioPorts(): readonly CompiledPort[] {
    return this.prepared.compiled.outputs.filter(({ spec }) => spec.kind === 'audio');
  }

  stop(): void {
    this.isSilenced = true;
    this.current = this.silence;
    this.subscription?.unsubscribe();
  }

  private gather(numFrames: number): void {
    this.inputs.gather(numFrames);
    for (let i = 0; i < this.modulations.length; i++) this.modulate(i);
    this.params.begin(numFrames);
  }

  /** Routes to one param add up, so each writes the sum of all of them: the last one of a param is complete. */
  private modulate(index: number): void {
    const route = this.modulations[index]!;
    const block = route.runner.current[route.port] as CondBlock;
    if (block.numFrames > 0) route.last = block.data[block.numFrames - 1]!;
    let sum = 0;
    for (let i = 0; i <= index; i++) {
      const other = this.modulations[i]!;
      if (other.param === route.param) sum += other.amount * other.last;
    }
    this.params.modulate(route.param, sum);
  }

  /** What the conditioning output `port` will hold at an engine frame from this tick's end on; NaN when not known. */
  private foreseen(port: string, frame: number): number {
    if (this.isSilenced) return Number.NaN;
    for (let i = 0; i < this.foresights.length; i++) {
      const { port: name, rateHz, valueAt } = this.foresights[i]!;
      if (name === port) return valueAt(this.indexAt(frame, rateHz));
    }
    return Number.NaN;
  }

  /** The same for a row, into `out`; false when not known. */
  private foreseenRow(port: string, frame: number, out: Float32Array): boolean {
    if (this.isSilenced) return false;
    for (let i = 0; i < this.rowForesights.length; i++) {
      const { port: name, rateHz, rowAt } = this.rowForesights[i]!;
      if (name === port) return rowAt(this.indexAt(frame, rateHz), out);
    }
    const value = this.foreseen(port, frame);
    out[0] = value;
    return !Number.isNaN(value);
  }

  /** The conditioning frame that holds at an engine frame. */
  private indexAt(frame: number, rateHz: number): number {
    return condFrameAt(frame + 1, rateHz, this.prepared.context.sampleRate) - 1;
  }

  private inputAhead(name: string, frame: number, out: Float32Array): boolean {
    const source = this.inputs.source(name);
    return source?.runner.foreseenRow(source.port, frame, out) ?? false;
  }

  private ahead(param: string, frame: number): number {
    let modulation = 0;
    for (let i = 0; i < this.modulations.length; i++) {
      const route = this.modulations[i]!;
      if (route.param === param) modulation += route.amount * route.runner.foreseen(route.port, frame);
    }
    return this.params.ahead(param, modulation, frame - this.tick.startFrame - this.tick.numFrames);
  }

  private isSteady(param: string): boolean {
    for (let i = 0; i < this.modulations.length; i++) {
      if (this.modulations[i]!.param === param) return false;
    }
    return this.params.isSteady(param);
  }

  private foresee(port: string, valueAt: (index: number) => number): void {
    const { rateHz, dim } = this.condOutput(port);
    if (dim !== 1) {
      throw new GraphError('GRAPH_UNKNOWN_PORT', `${this.id} has no conditioning output "${port}" of dim 1`);
    }
    replaceByPort(this.foresights, { port, rateHz, valueAt });
  }

  private foreseeRows(port: string, rowAt: (index: number, out: Float32Array) => boolean): void {
    replaceByPort(this.rowForesights, { port, rateHz: this.condOutput(port).rateHz, rowAt });
  }

  private condOutput(port: string): CondPortSpec {
    const spec = this.prepared.compiled.outputs.find(({ name }) => name === port)?.spec;
    if (spec?.kind === 'cond') return spec;
    throw new GraphError('GRAPH_UNKNOWN_PORT', `${this.id} has no conditioning output "${port}"`);
  }

  private onAnswer(value: Blocks): void {
    this.answers++;
    this.answer = value;
    if (!this.isRunning && this.subscription !== undefined) {
      this.silenceFor('GRAPH_NODE_EMISSION', 'it answered between two ticks');
    }
  }

  private accept(numFrames: number): void {
    const { outputs } = this.prepared.compiled;
    for (let i = 0; i < outputs.length; i++) {
      const port = outputs[i]!;
      const fault = inspectBlock(port, this.answer?.[port.name], numFrames);
      if (fault === 'none') continue;
      if (fault === 'shape') this.silenceFor('GRAPH_NODE_OUTPUT', `port ${port.name}`);
      else this.silenceFor('GRAPH_NODE_NOT_FINITE', `port ${port.name}`);
      return;
    }
    this.current = this.answer;
  }

  private silenceFor(code: GraphErrorCode, detail: string): void {
    if (this.isSilenced) return;
    this.stop();
    this.tell('fault', code, `${this.id} (${this.prepared.compiled.descriptor.type}): ${detail}`);
  }

  private tell(kind: GraphNotice['kind'], code: string, message: string): void {
    this.shared.notify({ kind, nodeId: this.id, code, message, frame: this.tick.startFrame });
  }

  private createError(detail: string, cause?: unknown): GraphError {
    const { id, descriptor } = this.prepared.compiled;
    return new GraphError('GRAPH_CREATE', `${id} (${descriptor.type}): ${detail}`, { cause });
  }

  private context(): NodeContext {
    const { compiled, context } = this.prepared;
    const { params, actions } = this;
    const portOf = <P extends CompiledPort>(ports: readonly P[], name: string): P => {
      const port = ports.find((p) => p.name === name);
      if (port === undefined)
        throw new GraphError('GRAPH_UNKNOWN_PORT', `${compiled.id} has no port "${name}"`);
      return port;
    };
    return {
      ...context,
      inputChannels: (port) => portOf(compiled.inputs, port).channels,
      outputChannels: (port) => portOf(compiled.outputs, port).channels,
      isConnected: (port) => {
        this.askedConnections.add(port);
        return portOf(this.prepared.compiled.inputs, port).source !== undefined;
      },
      params: {
        get: (name) => params.get(name) as never,
        ramp: (name, out, numFrames) => params.ramp(name, out, numFrames),
        ahead: (name, frame) => this.ahead(name, frame),
        isSteady: (name) => this.isSteady(name),
      },
      foresee: (port, valueAt) => this.foresee(port, valueAt),
      foreseeRows: (port, rowAt) => this.foreseeRows(port, rowAt),
      inputAhead: (port, frame, out) => this.inputAhead(port, frame, out),
      random: createRandom(context.seed),
      onAction: (name, handler) => {
        if (!Object.hasOwn(compiled.descriptor.actions ?? {}, name)) {
          throw new GraphError('GRAPH_ACTION_UNKNOWN', `${compiled.id} declares no action "${name}"`);
        }
        actions.set(name, handler);
      },
      warn: (code, message) => {
        const held = this.limiter.admit(code, this.tick.startFrame);
        if (held >= 0) this.tell('warning', code, held === 0 ? message : `${message} (and ${held} more)`);
      },
    };
  }
}

function modulationOf({ param, source, amount }: ModulationRoute, runnerAt: RunnerAt): Modulation {
  return { param, amount, runner: runnerAt(source.node), port: source.port, last: 0 };
}

function haveEqualValues(
  a: Readonly<Record<string, ParamSetting>>,
  b: Readonly<Record<string, ParamSetting>>,
): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.is(a[name], b[name]));
}

/** Of what is said twice of a port the last holds. */
function replaceByPort<T extends { readonly port: string }>(said: T[], entry: T): void {
  const known = said.findIndex(({ port }) => port === entry.port);
  said.splice(known < 0 ? said.length : known, 1, entry);
}

/** The audio block that a runner shows at a port. */
export function audioOf(runner: NodeRunner, port: string): AudioBlock {
  return runner.current[port] as AudioBlock;
}
