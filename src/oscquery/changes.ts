/** What has become of a namespace, as OSCQuery tells it: the topmost paths only, values left out. Pure. */
import type { QueryNode } from './namespace.js';

export interface PathNews {
  readonly COMMAND: 'PATH_ADDED' | 'PATH_REMOVED' | 'PATH_CHANGED';
  readonly DATA: string;
}

export function pathNews(before: QueryNode, after: QueryNode): PathNews[] {
  const news: PathNews[] = [];
  collect(before, after, news);
  return news;
}

function collect(before: QueryNode, after: QueryNode, news: PathNews[]): void {
  if (attributesOf(before) !== attributesOf(after))
    news.push({ COMMAND: 'PATH_CHANGED', DATA: after.FULL_PATH });
  for (const [name, node] of Object.entries(before.CONTENTS ?? {})) {
    const now = after.CONTENTS?.[name];
    if (now === undefined) news.push({ COMMAND: 'PATH_REMOVED', DATA: node.FULL_PATH });
    else collect(node, now, news);
  }
  for (const [name, node] of Object.entries(after.CONTENTS ?? {}))
    if (before.CONTENTS?.[name] === undefined) news.push({ COMMAND: 'PATH_ADDED', DATA: node.FULL_PATH });
}

/** A bool has the tag of its value, so T and F are one type. */
function attributesOf({ CONTENTS: _, VALUE: __, TYPE, ...rest }: QueryNode): string {
  return JSON.stringify([rest, TYPE === 'F' ? 'T' : TYPE]);
}
