import { GraphError } from '../../../graph/index.js';
import { EngineError } from '../../engine/errors.js';
import type { ControlRoom } from '../control-room.js';
import type { RequestHandlers } from './request-desk.js';

/** Arguments of one message are 1024 at most, with the address: WIRE_LIMITS. */
const mostListed = 1020;

export function graphRequests(room: ControlRoom): RequestHandlers<'/graph/nodes' | '/graph/edges'> {
  return {
    '/graph/nodes': () => room.mirror.snapshot().patch.nodes.flatMap(({ id, type }) => [id, type]),
    '/graph/edges': ([id]) => {
      const { nodes, edges } = room.mirror.snapshot().patch;
      if (id !== undefined && !nodes.some((node) => node.id === id)) {
        throw new GraphError('GRAPH_UNKNOWN_NODE', `no node "${String(id).slice(0, 80)}"`);
      }
      const listed = edges
        .filter((edge) => id === undefined || isOf(edge.from, id) || isOf(edge.to, id))
        .flatMap(({ from, to, amount = 1 }) => [from, to, amount]);
      if (listed.length <= mostListed) return listed;
      throw new EngineError('ENGINE_LIST_TOO_LONG', `There are ${listed.length / 3} edges.`);
    },
  };
}

function isOf(reference: string, id: unknown): boolean {
  return reference.startsWith(`${id}.`);
}
