/**
 * How a graph at work goes on as another patch: which nodes stay, which must be made, and in which order the old and the
 * new run while one fades into the other. Nothing here changes what plays: `GraphRun.succeed` does.
 */
import type { CompiledNode, CompiledPatch } from './compile.js';
import type { Services } from './node.js';
import { NodeRunner, type SharedByRunners } from './node-runner.js';
import { sortNodes } from './order.js';
import { disposeNodes, PreparedGraph, type PreparedNode, prepareNodes } from './prepare.js';

/** An audio output, and the runner that it is of. */
export interface RunnerOutput {
  readonly runner: NodeRunner;
  readonly port: string;
  readonly channels: number;
}

/** What a graph at work is, for a plan. */
export interface AtWork {
  readonly runners: readonly NodeRunner[];
  readonly output: RunnerOutput;
}

/** A node of the new patch, or a runner that leaves. */
type Place = CompiledNode | NodeRunner;

export interface SuccessionPlan {
  readonly compiled: CompiledPatch;
  /** Runners that go on, by id. */
  readonly staying: ReadonlyMap<string, NodeRunner>;
  /** Runners that do not. */
  readonly leaving: readonly NodeRunner[];
  /** Everything that runs during the fades: what is left out of `leaving` nobody hears. */
  readonly order: readonly Place[];
}

/** Why a graph cannot go on as a patch node by node. */
export type SuccessionObstacle = 'loop' | 'channels';

/**
 * `anew` names nodes that must not stay although they could. An obstacle is returned where old and new edges together make a
 * loop, or where the outputs of the patches have different counts of channels, both above 1.
 */
export function planSuccession(
  { runners, output }: AtWork,
  compiled: CompiledPatch,
  anew: ReadonlySet<string>,
): SuccessionPlan | SuccessionObstacle {
  const { nodes } = compiled;
  const oldById = new Map(runners.map((runner) => [runner.id, runner]));
  const staying = new Map<string, NodeRunner>();
  for (const node of nodes) {
    const runner = oldById.get(node.id);
    if (runner !== undefined && !anew.has(node.id) && runner.canBecome(node)) staying.set(node.id, runner);
  }
  const channels = compiled.output.channels;
  if (channels !== output.channels && channels > 1 && output.channels > 1) return 'channels';
  const leaving = runners.filter((runner) => staying.get(runner.id) !== runner);
  const newById = new Map(nodes.map((node) => [node.id, node]));
  const placeOf = (runner: NodeRunner): Place =>
    staying.get(runner.id) === runner ? newById.get(runner.id)! : runner;

  /** Sources of audio inputs that give way to others. */
  function* givingWay(node: CompiledNode): Iterable<NodeRunner> {
    const runner = staying.get(node.id);
    if (runner === undefined) return;
    for (const { name, spec, source } of node.inputs) {
      const before = spec.kind === 'audio' ? runner.source(name) : undefined;
      if (before === undefined) continue;
      const after = source === undefined ? undefined : staying.get(nodes[source.node]!.id);
      if (before.runner !== after || before.port !== source?.port) yield before.runner;
    }
  }

  function* sourcesOf(place: Place): Iterable<Place> {
    if (place instanceof NodeRunner) {
      for (const runner of place.sources()) yield placeOf(runner);
      return;
    }
    for (const { source } of [...place.inputs, ...place.modulations]) {
      if (source !== undefined) yield nodes[source.node]!;
    }
    for (const runner of givingWay(place)) yield placeOf(runner);
  }

  const heard = new Set<Place>([placeOf(output.runner)]);
  for (const node of nodes) for (const runner of givingWay(node)) heard.add(placeOf(runner));
  for (const place of heard) {
    if (place instanceof NodeRunner) for (const source of sourcesOf(place)) heard.add(source);
  }
  const order = sortNodes<Place>([...nodes, ...leaving.filter((runner) => heard.has(runner))], sourcesOf);
  return order === undefined ? 'loop' : { compiled, staying, leaving, order };
}

/** Everything that is new is there, built, and has not run. */
export interface Succession {
  readonly plan: SuccessionPlan;
  readonly prepared: PreparedGraph;
  /** By place in `prepared.nodes`: those that stay, and the new ones. */
  readonly runners: readonly NodeRunner[];
  /** What plays during the fades. */
  readonly order: readonly NodeRunner[];
}

/**
 * Prepares what is new, off the audio path, then builds it at once. Throws as `prepareGraph` does, or GRAPH_CREATE; then
 * nothing is left behind, and the graph at work has not changed.
 */
export async function prepareSuccession(
  plan: SuccessionPlan,
  shared: SharedByRunners,
  services: Services,
): Promise<Succession> {
  const { compiled, staying } = plan;
  const fresh = compiled.nodes.filter(({ id }) => !staying.has(id));
  const made = new Map<CompiledNode, PreparedNode>();
  for (const node of await prepareNodes(fresh, compiled, services)) made.set(node.compiled, node);
  const nodes = compiled.nodes.map(
    (node): PreparedNode => made.get(node) ?? { ...staying.get(node.id)!.plan, compiled: node },
  );
  const runners = nodes.map((node) => staying.get(node.compiled.id) ?? new NodeRunner(node, shared));
  const started: NodeRunner[] = [];
  try {
    for (const runner of runners) {
      if (staying.get(runner.id) === runner) continue;
      runner.connect((place) => runners[place]!);
      started.push(runner);
      runner.start();
    }
  } catch (error) {
    for (const runner of started) runner.stop();
    await disposeNodes([...made.values()]).catch(() => undefined);
    throw error;
  }
  const placeOf = new Map(compiled.nodes.map((node, place) => [node, place]));
  const order = plan.order.map((place) =>
    place instanceof NodeRunner ? place : runners[placeOf.get(place)!]!,
  );
  return { plan, prepared: new PreparedGraph(compiled, nodes), runners, order };
}

/** For a succession that does not come to pass. */
export async function abandonSuccession({ plan, prepared, runners }: Succession): Promise<void> {
  const fresh = runners.filter((runner) => plan.staying.get(runner.id) !== runner);
  for (const runner of fresh) runner.stop();
  await disposeNodes(prepared.nodes.filter(({ compiled }) => !plan.staying.has(compiled.id)));
}
