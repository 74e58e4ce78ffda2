/** The node types, ours and those of plugins, for those who list or address nodes but play none: needs no container. */
import { type AnyNodeDescriptor, createRegistry, type NodeRegistry } from '../../graph/index.js';
import { nodeTypes } from '../../nodes/index.js';
import { EngineError } from '../engine/errors.js';
import type { Plugin } from './plugins.js';

export function createNodeRegistry(plugins: readonly Plugin[] = []): NodeRegistry {
  return createRegistry(allNodeTypes(plugins));
}

/** Throws PLUGIN_NODE_TAKEN when a plugin brings a type that is there already. */
export function allNodeTypes(plugins: readonly Plugin[]): readonly AnyNodeDescriptor[] {
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
