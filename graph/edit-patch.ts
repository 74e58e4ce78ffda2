/** A patch and edits of it to another patch. Pure; what they make together is checked by `parsePatch` and `compilePatch`. */
import { GraphError } from './errors.js';
import { shown } from './json-object.js';
import { didYouMean } from './nearest.js';
import type { AnyNodeDescriptor, PortSpecs, SettingSpec } from './node.js';
import type { ParamSetting, ParamSpecs } from './param.js';
import { constrain } from './param-law.js';
import type { Patch, PatchEdge, PatchNode } from './patch.js';
import type { NodeRegistry } from './registry.js';
import { resolveParams, resolveSettings } from './settings.js';

export type GraphEdit =
  | { readonly kind: 'add'; readonly type: string; readonly id: string }
  /** Its edges go with it. */
  | { readonly kind: 'remove'; readonly id: string }
  /** Edges and params go on where the new type has a place for them. */
  | { readonly kind: 'replace'; readonly id: string; readonly type: string }
  /** Of an input port it takes the place of the edge that is there; of a modulation, which is told by its ends, the amount. */
  | { readonly kind: 'connect'; readonly from: string; readonly to: string; readonly amount?: number }
  | { readonly kind: 'disconnect'; readonly from: string; readonly to: string }
  /** NODE.PORT, an audio output. */
  | { readonly kind: 'output'; readonly port: string }
  /** A setting; or, of a node that is added or replaced by the same editor, the first value of a param. */
  | { readonly kind: 'setting'; readonly id: string; readonly name: string; readonly value: ParamSetting };

/** By which edit something came to be as it is: its place in the order of `apply`; -1 for what was there before. */
type By = number;

interface NodeDraft {
  readonly node: PatchNode;
  readonly by: By;
}
interface EdgeDraft {
  readonly edge: PatchEdge;
  readonly by: By;
}

export class PatchEditor {
  private nodes: NodeDraft[];
  private edges: EdgeDraft[];
  private output: string;
  private outputBy: By = -1;
  private numApplied = 0;
  private readonly fresh = new Set<string>();

  constructor(
    private readonly before: Patch,
    private readonly registry: NodeRegistry,
  ) {
    this.nodes = before.nodes.map((node) => ({ node, by: -1 }));
    this.edges = before.edges.map((edge) => ({ edge, by: -1 }));
    this.output = before.output;
  }

  /** Throws a GraphError for what is wrong already by itself; the editor is of no use then. */
  apply(edit: GraphEdit): void {
    switch (edit.kind) {
      case 'add':
        this.add(edit.type, edit.id);
        break;
      case 'remove':
        this.remove(edit.id);
        break;
      case 'replace':
        this.replace(edit.id, edit.type);
        break;
      case 'connect':
        this.connect(edit.from, edit.to, edit.amount);
        break;
      case 'disconnect':
        this.disconnect(edit.from, edit.to);
        break;
      case 'output':
        this.output = edit.port;
        this.outputBy = this.numApplied;
        break;
      case 'setting':
        this.set(edit.id, edit.name, edit.value);
        break;
    }
    this.numApplied++;
  }

  /** After all edits. */
  get patch(): Patch {
    const { before, output } = this;
    const nodes = this.nodes.map(({ node }) => node);
    return { ...before, nodes, edges: this.edges.map(({ edge }) => edge), output };
  }

  /** Ids that are new, or of another node than before: see `GraphRun.succeed`. */
  get anew(): readonly string[] {
    return this.nodes.map(({ node }) => node.id).filter((id) => this.fresh.has(id));
  }

  /** The edit that a fault at a JSON path of `patch` comes from; the last one where none can be named. */
  editBehind(path: string | undefined): number {
    const last = this.numApplied - 1;
    const [, list, index] = /^\$\.(nodes|edges|output)(?:\[(\d+)\])?/.exec(path ?? '') ?? [];
    let by = -1;
    if (list === 'output') by = this.outputBy;
    else if (list === 'nodes') by = this.nodes[Number(index)]?.by ?? -1;
    else if (index !== undefined) by = this.edges[Number(index)]?.by ?? -1;
    else if (list === 'edges') by = Math.max(...this.edges.map((edge) => edge.by), -1);
    return by < 0 ? last : by;
  }

  private add(type: string, id: string): void {
    this.descriptor(type);
    if (this.nodes.some(({ node }) => node.id === id)) {
      throw new GraphError('PATCH_ID_DUPLICATE', `there is a node "${shortened(id)}" already`, {
        remedy: 'Choose another id, or replace the node.',
      });
    }
    this.nodes.push({ node: { id, type, settings: {}, params: {} }, by: this.numApplied });
    this.fresh.add(id);
  }

  private remove(id: string): void {
    this.find(id);
    this.nodes = this.nodes.filter(({ node }) => node.id !== id);
    for (const { edge } of this.edges) if (nodeOf(edge.from) === id) this.touch(nodeOf(edge.to));
    this.edges = this.edges.filter(({ edge }) => nodeOf(edge.from) !== id && nodeOf(edge.to) !== id);
    if (nodeOf(this.output) === id) this.outputBy = this.numApplied;
  }

  private replace(id: string, type: string): void {
    const { node } = this.find(id);
    const descriptor = this.descriptor(type);
    const before = this.descriptor(node.type);
    const by = this.numApplied;
    this.write({ id, type, settings: keptSettings(descriptor, node), params: keptParams(descriptor, node) });
    this.fresh.add(id);
    const taken = new Set<string>();
    this.edges = this.edges.flatMap((draft): EdgeDraft[] => {
      const { edge } = draft;
      let { from, to } = edge;
      if (nodeOf(from) === id) {
        const port = portLike(before.outputs, portOf(from), descriptor.outputs);
        if (port === undefined) {
          this.touch(nodeOf(to));
          return [];
        }
        from = `${id}.${port}`;
      }
      if (nodeOf(to) === id) {
        const name = portOf(to);
        const isParam = Object.hasOwn(before.params, name);
        const port = isParam
          ? floatLike(descriptor, name)
          : portLike(before.inputs, name, descriptor.inputs, taken);
        if (port === undefined) return [];
        if (!isParam) taken.add(port);
        to = `${id}.${port}`;
      }
      return from === edge.from && to === edge.to && nodeOf(from) !== id && nodeOf(to) !== id
        ? [draft]
        : [{ edge: { ...edge, from, to }, by }];
    });
    if (nodeOf(this.output) === id) {
      this.output = `${id}.${portLike(before.outputs, portOf(this.output), descriptor.outputs) ?? portOf(this.output)}`;
      this.outputBy = by;
    }
  }

  private connect(from: string, to: string, amount: number | undefined): void {
    this.find(nodeOf(from));
    const target = this.find(nodeOf(to));
    const isParam = Object.hasOwn(this.descriptor(target.node.type).params, portOf(to));
    this.edges = this.edges.filter(({ edge }) => edge.to !== to || (isParam && edge.from !== from));
    const edge = amount === undefined ? { from, to } : { from, to, amount };
    this.edges.push({ edge, by: this.numApplied });
  }

  private disconnect(from: string, to: string): void {
    this.find(nodeOf(from));
    this.find(nodeOf(to));
    const rest = this.edges.filter(({ edge }) => edge.from !== from || edge.to !== to);
    if (rest.length === this.edges.length) {
      const present = this.edges.filter(({ edge }) => edge.to === to).map(({ edge }) => edge.from);
      const hint = present.length === 0 ? 'nothing is connected there' : `it is fed by ${present.join(', ')}`;
      throw new GraphError('GRAPH_NO_EDGE', `no edge from ${shortened(from)} to ${shortened(to)}: ${hint}`);
    }
    this.edges = rest;
    this.touch(nodeOf(to));
  }

  private set(id: string, name: string, value: ParamSetting): void {
    const { node } = this.find(id);
    const descriptor = this.descriptor(node.type);
    const settings: Readonly<Record<string, SettingSpec>> = descriptor.settings ?? {};
    const params: ParamSpecs = descriptor.params;
    if (Object.hasOwn(settings, name)) {
      const wanted = settings[name]!.type === 'bool' && typeof value === 'number' ? value !== 0 : value;
      const resolved = resolveSettings({ [name]: settings[name]! }, { [name]: wanted }, id);
      this.write({ ...node, settings: { ...node.settings, ...resolved } });
    } else if (Object.hasOwn(params, name) && this.fresh.has(id)) {
      const spec = params[name]!;
      const wanted = spec.type === 'bool' && typeof value === 'number' ? value !== 0 : value;
      const first = resolveParams({ [name]: spec }, { [name]: wanted }, id)[name]!;
      this.write({ ...node, params: { ...node.params, [name]: first } });
    } else if (Object.hasOwn(params, name)) {
      throw new GraphError('PATCH_SETTING_UNKNOWN', `"${name}" is a param of "${id}", which plays`, {
        remedy: `Send the value to /node/${id}/${name}.`,
      });
    } else {
      const known = [...Object.keys(settings), ...Object.keys(params)];
      throw new GraphError(
        'PATCH_SETTING_UNKNOWN',
        `"${id}" (${node.type}) has no setting "${shortened(name)}"${didYouMean(name, known)}`,
      );
    }
  }

  private write(node: PatchNode): void {
    this.nodes = this.nodes.map((draft) =>
      draft.node.id === node.id ? { node, by: this.numApplied } : draft,
    );
  }

  /** What this edit did elsewhere may leave an input of this node open. */
  private touch(id: string): void {
    this.nodes = this.nodes.map((draft) =>
      draft.node.id === id ? { node: draft.node, by: this.numApplied } : draft,
    );
  }

  private find(id: string): NodeDraft {
    const draft = this.nodes.find(({ node }) => node.id === id);
    if (draft !== undefined) return draft;
    const known = this.nodes.map(({ node }) => node.id);
    throw new GraphError('GRAPH_UNKNOWN_NODE', `no node "${shortened(id)}"${didYouMean(id, known)}`);
  }

  private descriptor(type: string): AnyNodeDescriptor {
    const descriptor = this.registry.get(type);
    if (descriptor !== undefined) return descriptor;
    throw new GraphError(
      'GRAPH_UNKNOWN_TYPE',
      `no node type "${shortened(type)}"${didYouMean(type, this.registry.types)}`,
    );
  }
}

function nodeOf(reference: string): string {
  const dot = reference.indexOf('.');
  return dot < 0 ? reference : reference.slice(0, dot);
}

function portOf(reference: string): string {
  return reference.slice(reference.indexOf('.') + 1);
}

function shortened(text: string): string {
  return shown(text).slice(1, -1);
}

/** The port of `after` that stands for `name` of `before`: of the same name and kind, or else the first free one of the kind. */
function portLike(
  before: PortSpecs,
  name: string,
  after: PortSpecs,
  taken: ReadonlySet<string> = new Set(),
): string | undefined {
  const kind = before[name]?.kind;
  const fits = (port: string): boolean => after[port]?.kind === kind && !taken.has(port);
  return Object.hasOwn(after, name) && fits(name) ? name : Object.keys(after).find(fits);
}

function floatLike({ params }: AnyNodeDescriptor, name: string): string | undefined {
  return Object.hasOwn(params, name) && (params as ParamSpecs)[name]!.type === 'float' ? name : undefined;
}

function keptSettings(descriptor: AnyNodeDescriptor, { settings }: PatchNode): PatchNode['settings'] {
  const specs: Readonly<Record<string, SettingSpec>> = descriptor.settings ?? {};
  return keep(settings, (name, value) =>
    Object.hasOwn(specs, name)
      ? resolveSettings({ [name]: specs[name]! }, { [name]: value }, name)[name]
      : undefined,
  );
}

function keptParams(descriptor: AnyNodeDescriptor, { params }: PatchNode): PatchNode['params'] {
  const specs: ParamSpecs = descriptor.params;
  return keep(params, (name, value) =>
    Object.hasOwn(specs, name) ? constrain(specs[name]!, name, value).value : undefined,
  );
}

/** The values that `fitted` makes of those given; what it throws at, or has none for, is left out. */
function keep(
  given: Readonly<Record<string, ParamSetting>>,
  fitted: (name: string, value: ParamSetting) => ParamSetting | undefined,
): Record<string, ParamSetting> {
  const kept: Record<string, ParamSetting> = {};
  for (const [name, value] of Object.entries(given)) {
    try {
      const fitting = fitted(name, value);
      if (fitting !== undefined) kept[name] = fitting;
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
    }
  }
  return kept;
}
