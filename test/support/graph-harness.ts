/**
 * Plays one node, or one patch, through the real compiler and runner.
 * A node under test gets a probe source at each fed input and a probe reader at its outputs.
 */
import {
  type AnyNodeDescriptor,
  type AudioBlock,
  type CondBlock,
  compilePatch,
  condFrameAt,
  condFramesIn,
  createRegistry,
  type EventBlock,
  type GraphEvent,
  type GraphNotice,
  GraphRun,
  maxCondFrames,
  type NodeDescriptor,
  type ParamSetting,
  type Patch,
  type PatchEdge,
  type PatchNode,
  type PortSpec,
  type PortSpecs,
  parsePatch,
  perBlock,
  prepareGraph,
  type Services,
  type ServiceToken,
} from '../../graph/index.js';

export type TimedEvent = Omit<GraphEvent, 'frameOffset'> & { readonly frame: number };

/** What feeds an input. A table repeats and costs the audio path nothing; `channels` is 1 unless told. */
export type Feed =
  | { readonly audio: (frame: number, channel: number) => number; readonly channels?: number }
  | { readonly table: readonly Float32Array[] }
  | { readonly cond: (index: number, dim: number) => number }
  | { readonly events: readonly TimedEvent[] };

export interface HarnessOptions {
  readonly sampleRate?: number;
  readonly maxBlockFrames?: number;
  readonly mode?: 'live' | 'offline';
  readonly seed?: number;
  readonly settings?: Readonly<Record<string, ParamSetting>>;
  readonly params?: Readonly<Record<string, ParamSetting>>;
  /** Required inputs that are absent here are fed silence; optional ones stay open. */
  readonly inputs?: Readonly<Record<string, Feed>>;
  readonly services?: Services;
}

/** Services by token; anything else throws, as a composition root does. */
export function servicesOf(...pairs: readonly (readonly [ServiceToken<unknown>, unknown])[]): Services {
  const byName = new Map(pairs.map(([token, value]) => [token.name, value]));
  return {
    get<T>(token: ServiceToken<T>): T {
      if (!byName.has(token.name)) throw new Error(`no service "${token.name}" in this test`);
      return byName.get(token.name) as T;
    },
  };
}

export interface Rendered {
  /** Copies, by output port: `audio.out[channel][frame]`. */
  readonly audio: Readonly<Record<string, Float32Array[]>>;
  /** All conditioning frames, row-major, by output port. */
  readonly cond: Readonly<Record<string, number[]>>;
  readonly events: Readonly<Record<string, TimedEvent[]>>;
}

const ID = 'node';

/** A node at work. `frame` goes on from render to render. */
export class NodeBench {
  frame = 0;
  readonly notices: GraphNotice[] = [];

  constructor(
    readonly run: GraphRun,
    readonly descriptor: AnyNodeDescriptor,
    private readonly reader: { current: Readonly<Record<string, unknown>> },
    readonly resources: unknown,
  ) {
    run.notices$.subscribe((notice) => this.notices.push(notice));
  }

  get latencyFrames(): number {
    return this.run.prepared.nodes.find(({ compiled }) => compiled.id === ID)!.latencyFrames;
  }

  /** Borrowed outputs of one tick. */
  tick(numFrames: number): Readonly<Record<string, unknown>> {
    this.run.tick(this.frame, numFrames);
    this.frame += numFrames;
    return this.reader.current;
  }

  audio(port = 'audio'): AudioBlock {
    return this.reader.current[port] as AudioBlock;
  }

  /** `blocks` repeats until `frames` are full; the last block is cut to fit. */
  render(frames: number, blocks: readonly number[] = [128]): Rendered {
    const outputs = Object.entries(this.descriptor.outputs as PortSpecs);
    const rendered = { audio: {}, cond: {}, events: {} } as {
      audio: Record<string, Float32Array[]>;
      cond: Record<string, number[]>;
      events: Record<string, TimedEvent[]>;
    };
    let done = 0;
    for (let turn = 0; done < frames; turn++) {
      const numFrames = Math.min(blocks[turn % blocks.length]!, frames - done);
      const startFrame = this.frame;
      const current = this.tick(numFrames);
      for (const [name, spec] of outputs) {
        if (spec.kind === 'audio')
          copyAudio(rendered.audio, name, current[name] as AudioBlock, done, numFrames, frames);
        if (spec.kind === 'cond') copyCond(rendered.cond, name, current[name] as CondBlock);
        if (spec.kind === 'event') copyEvents(rendered.events, name, current[name] as EventBlock, startFrame);
      }
      done += numFrames;
    }
    return rendered;
  }

  set(name: string, value: ParamSetting): void {
    this.run.setParam(ID, name, value);
  }

  act(name: string, ...args: readonly unknown[]): Promise<unknown> {
    return this.run.callAction(ID, name, args);
  }

  dispose(): Promise<void> {
    return this.run.dispose();
  }
}

function copyAudio(
  into: Record<string, Float32Array[]>,
  name: string,
  block: AudioBlock,
  at: number,
  numFrames: number,
  total: number,
): void {
  into[name] ??= block.channels.map(() => new Float32Array(total));
  for (const [c, channel] of block.channels.entries()) into[name][c]!.set(channel.subarray(0, numFrames), at);
}

function copyCond(into: Record<string, number[]>, name: string, block: CondBlock): void {
  into[name] ??= [];
  into[name].push(...block.data.subarray(0, block.numFrames * block.dim));
}

function copyEvents(
  into: Record<string, TimedEvent[]>,
  name: string,
  block: EventBlock,
  start: number,
): void {
  into[name] ??= [];
  for (const { frameOffset, ...event } of block.events.slice(0, block.count)) {
    into[name].push({ ...event, frame: start + frameOffset });
  }
}

/** Prepares and starts one node; rejects as the real start does. */
export async function createBench(
  descriptor: AnyNodeDescriptor,
  options: HarnessOptions = {},
): Promise<NodeBench> {
  const sampleRate = options.sampleRate ?? 48000;
  const maxBlockFrames = options.maxBlockFrames ?? 512;
  const reader = { current: {} as Readonly<Record<string, unknown>> };
  const nodes: PatchNode[] = [
    { id: ID, type: descriptor.type, settings: options.settings ?? {}, params: options.params ?? {} },
    { id: 'reader', type: 'test-reader', settings: {}, params: {} },
  ];
  const edges: PatchEdge[] = Object.keys(descriptor.outputs).map((port) => ({
    from: `${ID}.${port}`,
    to: `reader.${port}`,
  }));
  const probes: AnyNodeDescriptor[] = [readerNode(descriptor.outputs, reader)];
  for (const [port, spec] of Object.entries(descriptor.inputs as PortSpecs)) {
    const feed = options.inputs?.[port] ?? (spec.optional === true ? undefined : silentFeed(spec));
    if (feed === undefined) continue;
    const name = `feed-${port.toLowerCase()}`;
    probes.push(feedNode(`test-${name}`, spec, feed));
    nodes.push({ id: name, type: `test-${name}`, settings: {}, params: {} });
    edges.push({ from: `${name}.out`, to: `${ID}.${port}` });
  }
  const patch: Patch = {
    format: 'sashimi-live/patch',
    formatVersion: 1,
    title: 'A node under test',
    description: '',
    messages: [],
    nodes,
    edges,
    output: 'reader.silence',
  };
  const run = await startPatch(patch, [descriptor, ...probes], { ...options, sampleRate, maxBlockFrames });
  return new NodeBench(run, descriptor, reader, run.prepared.resources(ID));
}

/** Compiles, prepares and starts a patch. `patch` may be unchecked JSON. */
export async function startPatch(
  patch: Patch | Readonly<Record<string, unknown>>,
  descriptors: readonly AnyNodeDescriptor[],
  options: HarnessOptions = {},
): Promise<GraphRun> {
  const compiled = compilePatch(parsePatch(patch), createRegistry(descriptors), {
    sampleRate: options.sampleRate ?? 48000,
    maxBlockFrames: options.maxBlockFrames ?? 512,
    mode: options.mode ?? 'offline',
    seed: options.seed ?? 1,
  });
  const prepared = await prepareGraph(compiled, options.services ?? servicesOf());
  try {
    return new GraphRun(prepared);
  } catch (error) {
    await prepared.dispose();
    throw error;
  }
}

/** Remembers the blocks it is given; its own output is silence, so that a patch without audio has something to play. */
function readerNode(
  outputs: PortSpecs,
  reader: { current: Readonly<Record<string, unknown>> },
): AnyNodeDescriptor {
  const inputs = Object.fromEntries(
    Object.entries(outputs).map(([name, spec]): [string, PortSpec] => [
      name,
      spec.kind === 'audio' ? { kind: 'audio', channels: 'follow' } : spec,
    ]),
  );
  const node: NodeDescriptor = {
    type: 'test-reader',
    role: 'transform',
    summary: 'Shows a test what a node made.',
    params: {},
    inputs,
    outputs: { silence: { kind: 'audio', channels: 1 } },
    create: (ctx) =>
      perBlock(() => {
        const answer = { silence: { channels: [new Float32Array(ctx.maxBlockFrames)] } };
        return (input) => {
          reader.current = input.in;
          return answer;
        };
      }),
  };
  return node;
}

function silentFeed(spec: PortSpec): Feed {
  if (spec.kind === 'cond') return { cond: () => 0 };
  if (spec.kind === 'event') return { events: [] };
  return { audio: () => 0, channels: spec.channels === 'follow' ? 1 : spec.channels };
}

function feedNode(type: string, spec: PortSpec, feed: Feed): AnyNodeDescriptor {
  const out: PortSpec =
    spec.kind === 'audio' ? { kind: 'audio', channels: channelsOf(feed) } : { ...spec, optional: false };
  const node: NodeDescriptor = {
    type,
    role: 'source',
    summary: 'Feeds a node under test.',
    params: {},
    inputs: {},
    outputs: { out },
    create: (ctx) =>
      perBlock(() => {
        const fill = filler(feed, spec, ctx.maxBlockFrames, ctx.sampleRate);
        return ({ tick }) => fill(tick.startFrame, tick.numFrames);
      }),
  };
  return node;
}

function channelsOf(feed: Feed): number {
  if ('table' in feed) return feed.table.length;
  return 'audio' in feed ? (feed.channels ?? 1) : 1;
}

type Fill = (startFrame: number, numFrames: number) => { out: AudioBlock | CondBlock | EventBlock };

function filler(feed: Feed, spec: PortSpec, maxBlockFrames: number, sampleRate: number): Fill {
  if ('events' in feed) {
    return (startFrame, numFrames) => {
      const events = feed.events
        .filter(({ frame }) => frame >= startFrame && frame < startFrame + numFrames)
        .map(({ frame, ...event }) => ({ ...event, frameOffset: frame - startFrame }));
      return { out: { events, count: events.length } };
    };
  }
  if ('cond' in feed) {
    if (spec.kind !== 'cond') throw new Error('a cond feed belongs to a cond port');
    const { dim, rateHz } = spec;
    const data = new Float32Array(maxCondFrames(maxBlockFrames, rateHz, sampleRate) * dim);
    return (startFrame, numFrames) => {
      const count = condFramesIn({ startFrame, numFrames }, rateHz, sampleRate);
      const first = condFrameAt(startFrame, rateHz, sampleRate);
      for (let i = 0; i < count * dim; i++) data[i] = feed.cond(first + Math.floor(i / dim), i % dim);
      return { out: { data, dim, numFrames: count } };
    };
  }
  const channels = Array.from({ length: channelsOf(feed) }, () => new Float32Array(maxBlockFrames));
  const answer = { out: { channels } };
  if ('table' in feed) {
    return (startFrame, numFrames) => {
      for (let c = 0; c < channels.length; c++) {
        const table = feed.table[c]!;
        for (let i = 0; i < numFrames; i++) channels[c]![i] = table[(startFrame + i) % table.length]!;
      }
      return answer;
    };
  }
  return (startFrame, numFrames) => {
    for (let c = 0; c < channels.length; c++) {
      for (let i = 0; i < numFrames; i++) channels[c]![i] = feed.audio(startFrame + i, c);
    }
    return answer;
  };
}
