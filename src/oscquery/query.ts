/** One HTTP request of OSCQuery to its answer. Pure. */
import type { HostInfo } from './host-info.js';
import type { QueryNode } from './namespace.js';

/** 204: the node is there, but has no such attribute. 400: no such attribute exists. 404: nothing has the address. */
export type QueryAnswer =
  | { readonly status: 200; readonly body: string }
  | { readonly status: 204 | 400 | 404 };

const ATTRIBUTES: ReadonlySet<string> = new Set<keyof QueryNode>([
  'FULL_PATH',
  'CONTENTS',
  'DESCRIPTION',
  'TYPE',
  'ACCESS',
  'RANGE',
  'UNIT',
  'CLIPMODE',
  'VALUE',
]);
/** Attributes of OSCQuery that no node of ours has. */
const ABSENT: ReadonlySet<string> = new Set(['TAGS', 'EXTENDED_TYPE', 'CRITICAL', 'OVERLOADS', 'HTML']);

/** `target` is the request's path and query as they came. `HOST_INFO` is answered at any path. */
export function answerQuery(target: string, root: QueryNode, info: HostInfo): QueryAnswer {
  const [path = '', attribute] = splitOnce(target, '?');
  if (attribute === 'HOST_INFO') return found(info);
  const address = decoded(path);
  if (address === undefined) return { status: 400 };
  const node = nodeAt(root, address);
  if (node === undefined) return { status: 404 };
  if (attribute === undefined || attribute === '') return found(node);
  if (ABSENT.has(attribute)) return { status: 204 };
  if (!ATTRIBUTES.has(attribute)) return { status: 400 };
  const value = node[attribute as keyof QueryNode];
  return value === undefined ? { status: 204 } : found({ [attribute]: value });
}

/** A slash at the end counts for nothing. */
export function nodeAt(root: QueryNode, address: string): QueryNode | undefined {
  if (!address.startsWith('/')) return undefined;
  let node: QueryNode | undefined = root;
  const path = address.endsWith('/') ? address.slice(0, -1) : address;
  for (const part of path.split('/').slice(1)) node = node?.CONTENTS?.[part];
  return node;
}

function found(value: object): QueryAnswer {
  return { status: 200, body: JSON.stringify(value) };
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function splitOnce(text: string, mark: string): readonly string[] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
