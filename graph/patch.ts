/** A patch: a graph as JSON. This file makes a checked value out of anything that JSON.parse may return. Pure. */
import { GraphError } from './errors.js';
import { JsonObject, shown } from './json-object.js';
import type { ParamSetting } from './param.js';

export interface PatchNode {
  readonly id: string;
  readonly type: string;
  readonly settings: Readonly<Record<string, ParamSetting>>;
  readonly params: Readonly<Record<string, ParamSetting>>;
}

export interface PatchEdge {
  /** NODE.PORT, an output. */
  readonly from: string;
  /** NODE.PORT, an input, or NODE.PARAM: then the edge modulates a float param. */
  readonly to: string;
  /** Modulation edges only; 1 when absent. */
  readonly amount?: number;
}

/** Checked and complete; `JSON.stringify` of it is a patch again. Names of types, ports and params are checked by `compilePatch`. */
export interface Patch {
  readonly format: typeof PATCH_FORMAT;
  readonly formatVersion: 1;
  readonly title: string;
  readonly description: string;
  /** OSC messages worth trying while it plays, as a person would type them. */
  readonly messages: readonly string[];
  readonly nodes: readonly PatchNode[];
  readonly edges: readonly PatchEdge[];
  /** NODE.PORT, an audio output. */
  readonly output: string;
}

export const PATCH_FORMAT = 'sashimi-live/patch';

/** Ids of the nodes that the engine appends to every patch. */
export const RESERVED_IDS: readonly string[] = ['master', 'guard', 'sink'];

export const PATCH_LIMITS = {
  textCharacters: 1_000_000,
  nodes: 256,
  edges: 1024,
  settings: 64,
  params: 256,
  messages: 16,
  titleCharacters: 200,
  descriptionCharacters: 4000,
  messageCharacters: 200,
  valueCharacters: 4096,
} as const;

const NODE_ID = /^[a-z][a-z0-9-]{0,31}$/;
const NODE_TYPE = /^[a-z][a-z0-9-]{0,63}$/;
const FIELD_NAME = /^[a-z][A-Za-z0-9]{0,63}$/;
const REFERENCE = /^[a-z][a-z0-9-]{0,31}\.[a-z][A-Za-z0-9]{0,63}$/;

/** Reads the text of a patch file. */
export function parsePatchText(text: string): Patch {
  if (text.length > PATCH_LIMITS.textCharacters) {
    throw new GraphError(
      'PATCH_SIZE',
      `expected at most ${PATCH_LIMITS.textCharacters} characters but received ${text.length}`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new GraphError('PATCH_JSON', cause instanceof Error ? cause.message : String(cause), { cause });
  }
  return parsePatch(value);
}

/** Checks a parsed patch. Throws the first fault as a GraphError whose `path` says where it is. */
export function parsePatch(value: unknown): Patch {
  const root = JsonObject.of(value, '$');
  if (root.get('format') !== PATCH_FORMAT) {
    throw new GraphError(
      'PATCH_FORMAT',
      `expected "${PATCH_FORMAT}" but received ${shown(root.get('format'))}`,
      {
        path: '$.format',
      },
    );
  }
  if (root.get('formatVersion') !== 1) {
    throw new GraphError('PATCH_VERSION', `expected 1 but received ${shown(root.get('formatVersion'))}`, {
      path: '$.formatVersion',
    });
  }
  root.refuseUnknown([
    '$schema',
    'format',
    'formatVersion',
    'title',
    'description',
    'messages',
    'nodes',
    'edges',
    'output',
  ]);
  if (root.has('$schema')) root.string('$schema', 0, PATCH_LIMITS.valueCharacters);
  const nodes = root.array('nodes', 1, PATCH_LIMITS.nodes).map(parseNode);
  refuseDuplicateIds(nodes);
  return {
    format: PATCH_FORMAT,
    formatVersion: 1,
    title: root.string('title', 1, PATCH_LIMITS.titleCharacters),
    description: root.has('description')
      ? root.string('description', 0, PATCH_LIMITS.descriptionCharacters)
      : '',
    messages: root.has('messages') ? parseMessages(root) : [],
    nodes,
    edges: root.has('edges') ? root.array('edges', 0, PATCH_LIMITS.edges).map(parseEdge) : [],
    output: reference(root, 'output'),
  };
}

function parseMessages(root: JsonObject): string[] {
  return root.array('messages', 0, PATCH_LIMITS.messages).map(({ value, path }) => {
    if (typeof value !== 'string') throw typeError(path, 'a string', value);
    if (value.length < 1 || value.length > PATCH_LIMITS.messageCharacters) {
      throw new GraphError(
        'PATCH_SIZE',
        `expected 1 to ${PATCH_LIMITS.messageCharacters} characters but received ${value.length}`,
        { path },
      );
    }
    return value;
  });
}

function parseNode(item: { value: unknown; path: string }): PatchNode {
  const node = JsonObject.of(item.value, item.path);
  node.refuseUnknown(['id', 'type', 'settings', 'params']);
  const id = matching(node, 'id', NODE_ID, 'a kebab-case id of at most 32 characters');
  if (RESERVED_IDS.includes(id)) {
    throw new GraphError('PATCH_ID_RESERVED', `"${id}" belongs to the master stage`, {
      path: `${item.path}.id`,
    });
  }
  return {
    id,
    type: matching(node, 'type', NODE_TYPE, 'a kebab-case type'),
    settings: parseValues(node, 'settings', PATCH_LIMITS.settings),
    params: parseValues(node, 'params', PATCH_LIMITS.params),
  };
}

function parseValues(node: JsonObject, field: string, most: number): Record<string, ParamSetting> {
  if (!node.has(field)) return {};
  const values = JsonObject.of(node.get(field), `${node.path}.${field}`);
  if (values.keys.length > most) {
    throw new GraphError(
      'PATCH_SIZE',
      `expected at most ${most} entries but received ${values.keys.length}`,
      {
        path: values.path,
      },
    );
  }
  const result: Record<string, ParamSetting> = {};
  for (const name of values.keys) {
    const path = `${values.path}.${name.slice(0, 80)}`;
    if (!FIELD_NAME.test(name)) {
      throw new GraphError('PATCH_NAME', `expected a camelCase name but received ${shown(name)}`, { path });
    }
    const value = values.get(name);
    if (typeof value !== 'number' && typeof value !== 'string' && typeof value !== 'boolean') {
      throw typeError(path, 'a number, a string or a boolean', value);
    }
    if (typeof value === 'string') values.string(name, 0, PATCH_LIMITS.valueCharacters);
    result[name] = value;
  }
  return result;
}

function parseEdge(item: { value: unknown; path: string }): PatchEdge {
  const edge = JsonObject.of(item.value, item.path);
  edge.refuseUnknown(['from', 'to', 'amount']);
  const ends = { from: reference(edge, 'from'), to: reference(edge, 'to') };
  if (!edge.has('amount')) return ends;
  const amount = edge.get('amount');
  if (typeof amount !== 'number' || !Number.isFinite(amount)) {
    throw typeError(`${item.path}.amount`, 'a finite number', amount);
  }
  return { ...ends, amount };
}

function reference(object: JsonObject, field: string): string {
  const text = object.string(field, 0, PATCH_LIMITS.valueCharacters);
  if (!REFERENCE.test(text)) {
    throw new GraphError('PATCH_REFERENCE', `expected NODE.PORT but received ${shown(text)}`, {
      path: `${object.path}.${field}`,
    });
  }
  return text;
}

function matching(object: JsonObject, field: string, pattern: RegExp, expected: string): string {
  const text = object.string(field, 0, PATCH_LIMITS.valueCharacters);
  if (!pattern.test(text)) {
    throw new GraphError('PATCH_NAME', `expected ${expected} but received ${shown(text)}`, {
      path: `${object.path}.${field}`,
    });
  }
  return text;
}

function refuseDuplicateIds(nodes: readonly PatchNode[]): void {
  const seen = new Map<string, number>();
  for (const [index, { id }] of nodes.entries()) {
    const first = seen.get(id);
    if (first !== undefined) {
      throw new GraphError('PATCH_ID_DUPLICATE', `"${id}" is the id of $.nodes[${first}] already`, {
        path: `$.nodes[${index}].id`,
      });
    }
    seen.set(id, index);
  }
}

function typeError(path: string, expected: string, value: unknown): GraphError {
  return new GraphError('PATCH_TYPE', `expected ${expected} but received ${shown(value)}`, { path });
}
