/** Orders of a directed graph. Pure; knows nothing of nodes and ports. */

/** Sources first; among those that are free, the listed order decides, so equal patches run equally. undefined: there is a loop. */
export function sortNodes<T>(nodes: readonly T[], sourcesOf: (node: T) => Iterable<T>): T[] | undefined {
  const waiting = new Map(nodes.map((node) => [node, new Set(sourcesOf(node))]));
  const order: T[] = [];
  while (waiting.size > 0) {
    const next = nodes.find((node) => waiting.get(node)?.size === 0);
    if (next === undefined) return undefined;
    waiting.delete(next);
    for (const sources of waiting.values()) sources.delete(next);
    order.push(next);
  }
  return order;
}

/** The nodes of one loop, in the direction of the flow. Throws nothing; empty when there is none. */
export function findCycle<T>(nodes: readonly T[], sourcesOf: (node: T) => Iterable<T>): T[] {
  const finished = new Set<T>();
  const trail: T[] = [];
  const visit = (node: T): T[] | undefined => {
    if (trail.includes(node)) return trail.slice(trail.indexOf(node)).reverse();
    if (finished.has(node)) return undefined;
    trail.push(node);
    for (const source of sourcesOf(node)) {
      const loop = visit(source);
      if (loop !== undefined) return loop;
    }
    trail.pop();
    finished.add(node);
    return undefined;
  };
  for (const node of nodes) {
    const loop = visit(node);
    if (loop !== undefined) return loop;
  }
  return [];
}
