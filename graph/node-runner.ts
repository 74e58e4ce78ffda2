/** One node at work: its input, its operator and the boundary that keeps its faults to itself. */
import type { Subscription } from 'rxjs';
import { type AnyBlock, inspectBlock, silenceOf } from './blocks.js';
import type { CompiledPort } from './compile.js';
import { condFrameAt } from './cond-frames.js';
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
import { type GraphNotice, WarningLimiter } from './notice.js';
import { ParamStore } from './param-store.js';
import type { PreparedNode } from './prepare.js';
import { createRandom } from './random.js';

type Blocks = Readonly<Record<string, AnyBlock>>;

interface Feed {
  readonly name: string;
  readonly runner: NodeRunner;
  readonly port: string;
}

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

export class NodeRunner {
  readonly id: string;
  readonly params: ParamStore;
  readonly actions = new Map<string, ActionHandler>();
  /** What readers of this node see: its answer to this tick, or silence. */
  current: Blocks;

  private readonly inlet = new Inlet<NodeInput<PortSpecs>>();
  private readonly inBlocks: Record<string, AnyBlock> = {};
  private readonly input: NodeInput<PortSpecs>;
  private readonly silence: Blocks;
  private readonly limiter: WarningLimiter;
  private readonly feeds: Feed[] = [];
  private readonly modulations: Modulation[] = [];
  private readonly foresights: Foresight[] = [];
  private readonly rowForesights: RowForesight[] = [];
  private subscription: Subscription | undefined;
  private answer: Blocks;
  private answers = 0;
  private isRunning = false;
  private isSilenced = false;

  /** `before` holds the runners of every node earlier in the order. */
  constructor(
    private readonly prepared: PreparedNode,
    before: readonly NodeRunner[],
    private readonly tick: Tick,
    private readonly notify: (notice: GraphNotice) => void,
  ) {
    const { compiled, context } = prepared;
    this.id = compiled.id;
    this.params = new ParamStore(compiled.descriptor.params, compiled.params, context.sampleRate);
    this.limiter = new WarningLimiter(context.sampleRate);
    this.silence = Object.fromEntries(
      compiled.outputs.map((port) => [port.name, silenceOf(port, context.maxBlockFrames)]),
    );
    this.current = this.silence;
    this.answer = this.silence;
    for (const port of compiled.inputs) {
      this.inBlocks[port.name] = silenceOf(port, context.maxBlockFrames);
      if (port.source === undefined) continue;
      this.feeds.push({ name: port.name, runner: before[port.source.node]!, port: port.source.port });
    }
    for (const { param, source, amount } of compiled.modulations) {
      this.modulations.push({ param, amount, runner: before[source.node]!, port: source.port, last: 0 });
    }
    this.input = { tick, in: this.inBlocks as NodeInput<PortSpecs>['in'] };
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
    for (const { name, runner, port } of this.feeds) this.inBlocks[name] = runner.current[port]!;
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
    for (let i = 0; i < this.feeds.length; i++) {
      const feed = this.feeds[i]!;
      if (feed.name === name) return feed.runner.foreseenRow(feed.port, frame, out);
    }
    return false;
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
    this.notify({ kind, nodeId: this.id, code, message, frame: this.tick.startFrame });
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
      isConnected: (port) => portOf(compiled.inputs, port).source !== undefined,
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

/** Of what is said twice of a port the last holds. */
function replaceByPort<T extends { readonly port: string }>(said: T[], entry: T): void {
  const known = said.findIndex(({ port }) => port === entry.port);
  said.splice(known < 0 ? said.length : known, 1, entry);
}

/** The audio block that a runner shows at a port. */
export function audioOf(runner: NodeRunner, port: string): AudioBlock {
  return runner.current[port] as AudioBlock;
}
