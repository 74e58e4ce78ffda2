/** Patch and registry to an executable plan: what runs in which order, fed by what. Pure: touches no file, builds no node. */

import { GraphError } from './errors.js';
import { didYouMean } from './nearest.js';
import type { AnyNodeDescriptor, AudioPortSpec, CondPortSpec, PortSpec, PortSpecs } from './node.js';
import { findCycle, sortNodes } from './order.js';
import type { ParamSetting, ParamSpecs } from './param.js';
import type { Patch, PatchEdge } from './patch.js';
import { deriveSeed } from './random.js';
import type { NodeRegistry } from './registry.js';
import { resolveParams, resolveSettings } from './settings.js';

export interface CompileOptions {
  /** Hz, of the engine. */
  readonly sampleRate: number;
  /** Upper bound of a tick. */
  readonly maxBlockFrames: number;
  readonly mode: 'live' | 'offline';
  /** uint32; the seeds of the nodes derive from it. */
  readonly seed: number;
}

/** An output port, by the place of its node in the execution order. */
export interface PortSource {
  readonly node: number;
  readonly port: string;
}

export interface CompiledPort {
  readonly name: string;
  readonly spec: PortSpec;
  /** Resolved count of an audio port; 0 for the other kinds. */
  readonly channels: number;
}

export interface CompiledInput extends CompiledPort {
  /** undefined when not connected: the node reads silence. */
  readonly source: PortSource | undefined;
}

/** Param := constrain(set value + amount * last conditioning value of the tick). Several routes to one param add up. */
export interface ModulationRoute {
  readonly param: string;
  readonly source: PortSource;
  readonly amount: number;
}

export interface CompiledNode {
  readonly id: string;
  readonly descriptor: AnyNodeDescriptor;
  /** Complete and checked. */
  readonly settings: Readonly<Record<string, ParamSetting>>;
  /** Initial values, complete and checked. */
  readonly params: Readonly<Record<string, ParamSetting>>;
  readonly inputs: readonly CompiledInput[];
  readonly outputs: readonly CompiledPort[];
  readonly modulations: readonly ModulationRoute[];
  /** uint32. */
  readonly seed: number;
}

export interface CompiledPatch {
  readonly patch: Patch;
  readonly options: CompileOptions;
  /** In execution order: every source comes before its readers. */
  readonly nodes: readonly CompiledNode[];
  readonly output: PortSource & { readonly channels: number };
}

interface Draft {
  readonly id: string;
  readonly path: string;
  readonly descriptor: AnyNodeDescriptor;
  readonly settings: Readonly<Record<string, ParamSetting>>;
  readonly params: Readonly<Record<string, ParamSetting>>;
  readonly feeds: Map<string, Link>;
  readonly modulations: (Link & { readonly param: string; readonly amount: number })[];
}

interface Link {
  readonly from: Draft;
  readonly port: string;
  /** JSON path of the edge. */
  readonly path: string;
}

/** Throws the first fault as a GraphError with the JSON path of its cause. */
export function compilePatch(patch: Patch, registry: NodeRegistry, options: CompileOptions): CompiledPatch {
  const drafts = new Map<string, Draft>();
  for (const [index, node] of patch.nodes.entries()) {
    const path = `$.nodes[${index}]`;
    const descriptor = registry.get(node.type);
    if (descriptor === undefined) {
      throw new GraphError(
        'GRAPH_UNKNOWN_TYPE',
        `no node type "${node.type}"${didYouMean(node.type, registry.types)}`,
        {
          path: `${path}.type`,
        },
      );
    }
    drafts.set(node.id, {
      id: node.id,
      path,
      descriptor,
      settings: resolveSettings(descriptor.settings ?? {}, node.settings, path),
      params: resolveParams(descriptor.params, node.params, path),
      feeds: new Map(),
      modulations: [],
    });
  }
  for (const [index, edge] of patch.edges.entries()) connect(edge, `$.edges[${index}]`, drafts);
  const output = findPort(patch.output, '$.output', drafts);
  if (output.spec.kind !== 'audio') {
    throw new GraphError('GRAPH_OUTPUT', `${patch.output} is ${an(output.spec.kind)} port`, {
      path: '$.output',
    });
  }
  const all = [...drafts.values()];
  for (const draft of all) refuseOpenInputs(draft);
  const order = sortNodes(all, sourcesOf);
  if (order === undefined) {
    const loop = findCycle(all, sourcesOf).map(({ id }) => id);
    throw new GraphError('GRAPH_CYCLE', `${[...loop, loop[0]].join(' -> ')} is a loop`, { path: '$.edges' });
  }
  const place = new Map(order.map((draft, index) => [draft, index]));
  const nodes: CompiledNode[] = [];
  for (const draft of order) nodes.push(resolvePorts(draft, place, nodes, options.seed));
  const node = place.get(output.draft)!;
  const channels = nodes[node]!.outputs.find(({ name }) => name === output.name)!.channels;
  return { patch, options, nodes, output: { node, port: output.name, channels } };
}

function* sourcesOf(draft: Draft): Iterable<Draft> {
  for (const { from } of draft.feeds.values()) yield from;
  for (const { from } of draft.modulations) yield from;
}

function findNode(reference: string, path: string, drafts: ReadonlyMap<string, Draft>): [Draft, string] {
  const dot = reference.indexOf('.');
  const id = reference.slice(0, dot);
  const draft = drafts.get(id);
  if (draft === undefined) {
    throw new GraphError('GRAPH_UNKNOWN_NODE', `no node "${id}"${didYouMean(id, [...drafts.keys()])}`, {
      path,
    });
  }
  return [draft, reference.slice(dot + 1)];
}

/** The output port that a reference names. */
function findPort(
  reference: string,
  path: string,
  drafts: ReadonlyMap<string, Draft>,
): { draft: Draft; name: string; spec: PortSpec } {
  const [draft, name] = findNode(reference, path, drafts);
  const ports: PortSpecs = draft.descriptor.outputs;
  const spec = Object.hasOwn(ports, name) ? ports[name] : undefined;
  if (spec === undefined) {
    throw new GraphError(
      'GRAPH_UNKNOWN_PORT',
      `${draft.id} (${draft.descriptor.type}) has no output "${name}"${didYouMean(name, Object.keys(ports))}`,
      { path },
    );
  }
  return { draft, name, spec };
}

function connect(edge: PatchEdge, path: string, drafts: ReadonlyMap<string, Draft>): void {
  const source = findPort(edge.from, `${path}.from`, drafts);
  const [target, name] = findNode(edge.to, `${path}.to`, drafts);
  const link: Link = { from: source.draft, port: source.name, path };
  const inputs: PortSpecs = target.descriptor.inputs;
  const params: ParamSpecs = target.descriptor.params;
  if (Object.hasOwn(params, name)) {
    modulate(edge, link, source.spec, target, name);
    return;
  }
  const input = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
  if (input === undefined) {
    throw new GraphError(
      'GRAPH_UNKNOWN_PORT',
      `${target.id} (${target.descriptor.type}) has no input or param "${name}"${didYouMean(name, [...Object.keys(inputs), ...Object.keys(params)])}`,
      { path: `${path}.to` },
    );
  }
  if (edge.amount !== undefined) {
    throw new GraphError('GRAPH_AMOUNT', `${edge.to} is a port, not a param`, { path: `${path}.amount` });
  }
  if (source.spec.kind !== input.kind) {
    throw new GraphError(
      'GRAPH_PORT_KIND',
      `${edge.from} is ${an(source.spec.kind)} port but ${edge.to} takes ${input.kind}`,
      { path },
    );
  }
  if (input.kind === 'cond') refuseOtherCond(edge, source.spec as CondPortSpec, input, path);
  if (target.feeds.has(name)) {
    const taken = target.feeds.get(name)!;
    throw new GraphError('GRAPH_INPUT_TAKEN', `${edge.to} is fed by ${taken.path} already`, {
      path: `${path}.to`,
    });
  }
  target.feeds.set(name, link);
}

function modulate(edge: PatchEdge, link: Link, source: PortSpec, target: Draft, name: string): void {
  const spec = (target.descriptor.params as ParamSpecs)[name]!;
  if (spec.type !== 'float') {
    throw new GraphError('GRAPH_MODULATION', `${edge.to} is a param of type ${spec.type}`, {
      path: `${link.path}.to`,
    });
  }
  if (source.kind !== 'cond' || source.dim !== 1) {
    const found = source.kind === 'cond' ? `a cond port of dim ${source.dim}` : `${an(source.kind)} port`;
    throw new GraphError('GRAPH_MODULATION', `${edge.from} is ${found}`, { path: `${link.path}.from` });
  }
  const twin = target.modulations.find(
    (m) => m.param === name && m.from === link.from && m.port === link.port,
  );
  if (twin !== undefined) {
    throw new GraphError('GRAPH_INPUT_TAKEN', `${edge.from} modulates ${edge.to} by ${twin.path} already`, {
      path: link.path,
    });
  }
  target.modulations.push({ ...link, param: name, amount: edge.amount ?? 1 });
}

function refuseOtherCond(edge: PatchEdge, source: CondPortSpec, input: CondPortSpec, path: string): void {
  if (source.dim === input.dim && source.rateHz === input.rateHz) return;
  throw new GraphError(
    'GRAPH_PORT_COND',
    `${edge.from} has dim ${source.dim} at ${source.rateHz} Hz but ${edge.to} takes dim ${input.dim} at ${input.rateHz} Hz`,
    { path },
  );
}

function refuseOpenInputs(draft: Draft): void {
  for (const [name, spec] of Object.entries(draft.descriptor.inputs as PortSpecs)) {
    if (spec.optional !== true && !draft.feeds.has(name)) {
      throw new GraphError('GRAPH_INPUT_OPEN', `nothing is connected to ${draft.id}.${name}`, {
        path: draft.path,
      });
    }
  }
}

/** Channel counts flow from the sources on, so `done` must hold every node that feeds this one. */
function resolvePorts(
  draft: Draft,
  place: ReadonlyMap<Draft, number>,
  done: readonly CompiledNode[],
  seed: number,
): CompiledNode {
  const sourceOf = (link: Link): PortSource => ({ node: place.get(link.from)!, port: link.port });
  let widest = 1;
  const inputs = Object.entries(draft.descriptor.inputs as PortSpecs).map(([name, spec]): CompiledInput => {
    const link = draft.feeds.get(name);
    const source = link === undefined ? undefined : sourceOf(link);
    if (spec.kind !== 'audio') return { name, spec, channels: 0, source };
    let channels = spec.channels === 'follow' ? 1 : spec.channels;
    if (link !== undefined && source !== undefined) {
      const fed = done[source.node]!.outputs.find((port) => port.name === source.port)!.channels;
      if (spec.channels !== 'follow' && spec.channels !== fed) {
        throw new GraphError(
          'GRAPH_PORT_CHANNELS',
          `${link.from.id}.${link.port} has ${count(fed)} but ${draft.id}.${name} takes ${count(spec.channels)}`,
          { path: link.path },
        );
      }
      channels = fed;
    }
    if (spec.channels === 'follow') widest = Math.max(widest, channels);
    return { name, spec, channels, source };
  });
  const outputs = Object.entries(draft.descriptor.outputs as PortSpecs).map(
    ([name, spec]): CompiledPort => ({
      name,
      spec,
      channels: spec.kind === 'audio' ? width(spec, widest) : 0,
    }),
  );
  return {
    id: draft.id,
    descriptor: draft.descriptor,
    settings: draft.settings,
    params: draft.params,
    inputs,
    outputs,
    modulations: draft.modulations.map((m) => ({ param: m.param, source: sourceOf(m), amount: m.amount })),
    seed: deriveSeed(seed, draft.id),
  };
}

function width(spec: AudioPortSpec, widest: number): number {
  return spec.channels === 'follow' ? widest : spec.channels;
}

function count(channels: number): string {
  return channels === 1 ? '1 channel' : `${channels} channels`;
}

function an(kind: string): string {
  return kind === 'audio' || kind === 'event' ? `an ${kind}` : `a ${kind}`;
}
