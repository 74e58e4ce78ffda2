/** From plan to resources: every node's bundle loaded, every file open, before anything sounds. */
import type { CompiledNode, CompiledPatch } from './compile.js';
import { type CodedError, GraphError, isCodedError, messageOf } from './errors.js';
import { type LatencySum, latencySum } from './latency.js';
import type { PrepareContext, Services } from './node.js';

export interface PreparedNode {
  readonly compiled: CompiledNode;
  readonly context: PrepareContext;
  /** What the node's `prepare` made; undefined when it has none. */
  readonly resources: unknown;
  /** Own latency. */
  readonly latencyFrames: number;
}

/** Owns the resources of all nodes until `dispose`. Made by `prepareGraph`, off the audio path. */
export class PreparedGraph {
  readonly latency: LatencySum;
  private disposal: Promise<void> | undefined;

  constructor(
    readonly compiled: CompiledPatch,
    /** In execution order. */
    readonly nodes: readonly PreparedNode[],
  ) {
    this.latency = latencySum(
      compiled,
      nodes.map(({ latencyFrames }) => latencyFrames),
    );
  }

  /** What the node's `prepare` made. Throws GRAPH_UNKNOWN_NODE. */
  resources(nodeId: string): unknown {
    const node = this.nodes.find(({ compiled }) => compiled.id === nodeId);
    if (node === undefined) throw new GraphError('GRAPH_UNKNOWN_NODE', `no node "${nodeId}"`);
    return node.resources;
  }

  /** Disposes every node, also when some fail; then rejects with the first failure. Safe to call twice. */
  dispose(): Promise<void> {
    this.disposal ??= disposeNodes(this.nodes);
    return this.disposal;
  }
}

/**
 * Prepares all nodes at once. When one fails, those that were prepared are disposed of, and the first fault in
 * execution order is thrown: a coded error as it is, anything else as GRAPH_PREPARE.
 */
export async function prepareGraph(compiled: CompiledPatch, services: Services): Promise<PreparedGraph> {
  try {
    return new PreparedGraph(compiled, await prepareNodes(compiled.nodes, compiled, services));
  } catch (error) {
    throw error instanceof NodePreparationError ? error.cause : error;
  }
}

/** A node could not be prepared: the coded error that `prepareGraph` throws, and of which node. */
export class NodePreparationError extends Error implements CodedError {
  override readonly name = 'NodePreparationError';
  readonly code: string;
  readonly remedy: string;

  constructor(
    readonly nodeId: string,
    override readonly cause: CodedError,
  ) {
    super(cause.message);
    this.code = cause.code;
    this.remedy = cause.remedy;
  }
}

/** The same for some nodes of a plan; throws a NodePreparationError. */
export async function prepareNodes(
  nodes: readonly CompiledNode[],
  compiled: CompiledPatch,
  services: Services,
): Promise<readonly PreparedNode[]> {
  const results = await Promise.allSettled(nodes.map((node) => prepareNode(node, compiled, services)));
  const prepared = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failedAt = results.findIndex((result) => result.status === 'rejected');
  const failed = results[failedAt];
  if (failed?.status === 'rejected') {
    // The fault that stopped us matters more than a fault in cleaning up after it.
    await disposeNodes(prepared).catch(() => undefined);
    throw isCodedError(failed.reason)
      ? new NodePreparationError(nodes[failedAt]!.id, failed.reason)
      : failed.reason;
  }
  return prepared;
}

async function prepareNode(
  node: CompiledNode,
  plan: CompiledPatch,
  services: Services,
): Promise<PreparedNode> {
  const { descriptor } = node;
  const context: PrepareContext = {
    nodeId: node.id,
    mode: plan.options.mode,
    sampleRate: plan.options.sampleRate,
    maxBlockFrames: plan.options.maxBlockFrames,
    settings: node.settings as PrepareContext['settings'],
    seed: node.seed,
    services,
  };
  let resources: unknown;
  try {
    resources = await descriptor.prepare?.(context);
  } catch (cause) {
    if (isCodedError(cause)) throw cause;
    throw new GraphError('GRAPH_PREPARE', `${node.id} (${descriptor.type}): ${messageOf(cause)}`, { cause });
  }
  const latencyFrames = descriptor.latencyFrames?.(context, resources) ?? 0;
  if (!Number.isInteger(latencyFrames) || latencyFrames < 0) {
    await descriptor.dispose?.(resources);
    throw new GraphError(
      'GRAPH_PREPARE',
      `${node.id} (${descriptor.type}): latency of ${latencyFrames} frames`,
    );
  }
  return { compiled: node, context, resources, latencyFrames };
}

/** All of them, also when some fail; then rejects with the first failure. */
export async function disposeNodes(nodes: readonly PreparedNode[]): Promise<void> {
  const results = await Promise.allSettled(
    nodes.map(async ({ compiled, resources }) => compiled.descriptor.dispose?.(resources)),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
