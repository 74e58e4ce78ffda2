/** What the container holds besides services: identifiers for inversify. Services are bound by their token's name. */
import type { ServiceIdentifier } from 'inversify';
import type { AnyNodeDescriptor, NodeRegistry, Services, ServiceToken } from '../../graph/index.js';
import type { ModelStreamTable } from '../engine/model-stream-table.js';
import type { EngineSettings } from './engine-settings.js';

/** Multi-bound: every node type, ours and those of plugins. */
export const NODE_TYPE: ServiceIdentifier<AnyNodeDescriptor> = Symbol.for('sashimi-live/node-type');
export const NODE_REGISTRY: ServiceIdentifier<NodeRegistry> = Symbol.for('sashimi-live/node-registry');
export const SERVICES: ServiceIdentifier<Services> = Symbol.for('sashimi-live/services');
export const ENGINE_SETTINGS: ServiceIdentifier<EngineSettings> = Symbol.for('sashimi-live/engine-settings');
export const MODEL_STREAM_TABLE: ServiceIdentifier<ModelStreamTable> = Symbol.for(
  'sashimi-live/model-stream-table',
);

/** The identifier that a service token stands for; a plugin's module binds with it. */
export function serviceId<T>(token: ServiceToken<T>): ServiceIdentifier<T> {
  return token.name;
}
