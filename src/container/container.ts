/** The composition root's container: one per engine. inversify is used here only, and never while sound is made. */
import 'reflect-metadata';
import { Container } from 'inversify';
import {
  type AnyNodeDescriptor,
  createRegistry,
  type NodeRegistry,
  type Services,
  type ServiceToken,
} from '../../graph/index.js';
import { builtInDrivers, MODEL_STREAMS, nodeTypes, SINK_DRIVERS, type SinkDrivers } from '../../nodes/index.js';
import { EngineError } from '../engine/errors.js';
import { ModelStreamTable } from '../engine/model-stream-table.js';
import { EngineModelStreams } from '../engine/model-streams.js';
import type { EngineParts } from '../engine/options.js';
import type { EngineSettings } from './engine-settings.js';
import { loadPlugins, type Plugin } from './plugins.js';
import {
  ENGINE_SETTINGS,
  MODEL_STREAM_TABLE,
  NODE_REGISTRY,
  NODE_TYPE,
  SERVICES,
  serviceId,
} from './tokens.js';

/** Binds everything that an engine is made of. What a plugin's module binds may replace nothing of ours. */
export function createContainer(settings: EngineSettings, plugins: readonly Plugin[] = []): Container {
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(ENGINE_SETTINGS).toConstantValue(settings);
  container.bind(MODEL_STREAM_TABLE).toResolvedValue(() => new ModelStreamTable());
  container
    .bind(serviceId(MODEL_STREAMS))
    .toResolvedValue(
      (given: EngineSettings, table: ModelStreamTable) => new EngineModelStreams(given, table),
      [ENGINE_SETTINGS, MODEL_STREAM_TABLE],
    );
  container.bind(serviceId(SINK_DRIVERS)).toResolvedValue(() => builtInDrivers());
  container.bind(SERVICES).toConstantValue(servicesOf(container));
  for (const descriptor of allNodeTypes(plugins)) container.bind(NODE_TYPE).toConstantValue(descriptor);
  container
    .bind(NODE_REGISTRY)
    .toResolvedValue((types: AnyNodeDescriptor[]) => createRegistry(types), [
      { isMultiple: true, serviceIdentifier: NODE_TYPE },
    ]);
  for (const plugin of plugins) loadModule(container, plugin);
  return container;
}

export interface ContainerParts extends EngineParts {
  readonly sinkDrivers: SinkDrivers;
}

/** Everything that an Engine is given, from one container. Plugins are imported here: see loadPlugins. */
export async function createEngineParts(
  settings: EngineSettings & { readonly plugins?: readonly string[] },
): Promise<ContainerParts> {
  const container = createContainer(settings, await loadPlugins(settings.plugins ?? []));
  return {
    registry: container.get(NODE_REGISTRY),
    services: container.get(SERVICES),
    models: container.get(MODEL_STREAM_TABLE),
    sinkDrivers: container.get(serviceId(SINK_DRIVERS)),
  };
}

/** The node types alone, for those who list or address nodes but play none. */
export function createNodeRegistry(plugins: readonly Plugin[] = []): NodeRegistry {
  return createRegistry(allNodeTypes(plugins));
}

function allNodeTypes(plugins: readonly Plugin[]): readonly AnyNodeDescriptor[] {
  const known = new Set(nodeTypes.map(({ type }) => type));
  const all = [...nodeTypes];
  for (const { name, nodes } of plugins) {
    for (const node of nodes) {
      if (known.has(node.type)) {
        throw new EngineError(
          'PLUGIN_NODE_TAKEN',
          `The plugin "${name}" brings a node type "${node.type}", which is there already.`,
        );
      }
      known.add(node.type);
      all.push(node);
    }
  }
  return all;
}

function loadModule(container: Container, { name, module }: Plugin): void {
  if (module === undefined) return;
  try {
    container.load(module);
  } catch (cause) {
    throw new EngineError(
      'PLUGIN_LOAD',
      `The module of the plugin "${name}" could not be loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/** What nodes see of the container: their services, and nothing else. */
function servicesOf(container: Container): Services {
  return {
    get<T>(token: ServiceToken<T>): T {
      if (!container.isBound(serviceId(token))) {
        throw new EngineError('PLUGIN_SERVICE', `Nothing provides the service "${token.name}".`);
      }
      return container.get(serviceId(token));
    },
  };
}
