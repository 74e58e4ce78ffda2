/** What an edit of the file that plays means for what plays. Pure. */
import type { ParamSetting, Patch } from '../../graph/index.js';

/**
 * The edited patch with the values that it is to start with: where the edit changed a param it is as the file says now, and
 * elsewhere as it is set live. `base` is the file as it was read before; without one only the file counts.
 */
export function afterEdit(base: Patch | undefined, edited: Patch, live: Patch): Patch {
  const nodes = edited.nodes.map((node) => {
    const was = base?.nodes.find(({ id }) => id === node.id);
    const now = live.nodes.find(({ id }) => id === node.id);
    if (was === undefined || now === undefined || was.type !== node.type || now.type !== node.type)
      return node;
    const kept: Record<string, ParamSetting> = { ...node.params };
    for (const [name, value] of Object.entries(now.params)) {
      if (node.params[name] === was.params[name]) kept[name] = value;
    }
    return { ...node, params: kept };
  });
  return { ...edited, nodes };
}

/** Whether two patches differ in nothing that must be built: then it is enough to set params. */
export function isSameGraph(one: Patch, other: Patch): boolean {
  return graphOf(one) === graphOf(other);
}

function graphOf({ nodes, edges, output }: Patch): string {
  return JSON.stringify([
    nodes.map(({ id, type, settings }) => [id, type, Object.entries(settings).sort(byName)]),
    edges,
    output,
  ]);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
