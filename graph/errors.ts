/**
 * Errors of patches, params and graphs. Every code lives in one catalogue, so that docs/errors.md can be held against it.
 * A message says what was expected and what was received; the remedy says what to do next.
 */

export interface GraphErrorEntry {
  /** One sentence: what the code means. */
  readonly summary: string;
  /** One sentence: what to do about it, when the thrower has nothing more precise. */
  readonly remedy: string;
}

export const graphErrors = {
  PATCH_JSON: {
    summary: 'The patch is not valid JSON.',
    remedy: 'Correct the syntax at the given place; an editor that knows JSON shows it.',
  },
  PATCH_FORMAT: {
    summary: 'The file is JSON but no patch.',
    remedy: 'A patch starts with "format": "sashimi-live/patch" and "formatVersion": 1.',
  },
  PATCH_VERSION: {
    summary: 'The patch has a format version that this program does not read.',
    remedy: 'Update sashimi-live, or write the patch again with "formatVersion": 1.',
  },
  PATCH_TYPE: {
    summary: 'A field of the patch has the wrong type.',
    remedy: 'Correct the field at the given JSON path; graph/patch.schema.json lists them all.',
  },
  PATCH_FIELD_UNKNOWN: {
    summary: 'The patch has a field that no patch has.',
    remedy: 'Remove the field or correct its spelling.',
  },
  PATCH_FIELD_MISSING: {
    summary: 'The patch lacks a required field.',
    remedy: 'Add the field at the given JSON path.',
  },
  PATCH_SIZE: {
    summary: 'A part of the patch is larger or smaller than allowed.',
    remedy: 'Keep to the stated bound.',
  },
  PATCH_NAME: {
    summary: 'A name in the patch is not well-formed.',
    remedy: 'Node ids and types are kebab-case, params and settings camelCase.',
  },
  PATCH_ID_RESERVED: {
    summary: 'A node id is reserved for the master stage.',
    remedy: 'Choose another id than master, guard and sink.',
  },
  PATCH_ID_DUPLICATE: {
    summary: 'Two nodes have the same id.',
    remedy: 'Rename one of them.',
  },
  PATCH_REFERENCE: {
    summary: 'An edge or the output is not written as NODE.PORT.',
    remedy: 'Write the id of the node, a dot and the name of the port, for example "level.audio".',
  },
  PATCH_SETTING_UNKNOWN: {
    summary: 'A node has no such setting.',
    remedy: 'Remove the setting or correct its spelling; sashimi nodes lists them.',
  },
  PATCH_SETTING_MISSING: {
    summary: 'A node lacks a setting that has no default.',
    remedy: 'Add the setting to the node.',
  },
  PATCH_SETTING_VALUE: {
    summary: 'A setting has the wrong type or is out of its range.',
    remedy: 'Set it to a value that its description allows; sashimi nodes lists them.',
  },
  PARAM_UNKNOWN: {
    summary: 'A node has no such param.',
    remedy: 'Correct the spelling; sashimi nodes lists the params of every node.',
  },
  PARAM_TYPE: {
    summary: 'A param was given a value of the wrong type.',
    remedy: 'Send a value of the type that the param has.',
  },
  PARAM_OPTION: {
    summary: 'A param was given a word that is none of its options.',
    remedy: 'Use one of the listed options.',
  },
  PARAM_RANGE: {
    summary: 'A patch sets a param out of its range.',
    remedy: 'Set it inside the stated range.',
  },
  GRAPH_UNKNOWN_TYPE: {
    summary: 'No node of this type is known.',
    remedy: 'Correct the spelling, or enable the plugin that has the node.',
  },
  GRAPH_UNKNOWN_NODE: {
    summary: 'An edge, the output or a message names a node that is not in the patch.',
    remedy: 'Correct the id or add the node.',
  },
  GRAPH_UNKNOWN_PORT: {
    summary: 'A node has no such port.',
    remedy: 'Correct the name; sashimi nodes lists the ports of every node.',
  },
  GRAPH_PORT_KIND: {
    summary: 'An edge joins ports of different kinds.',
    remedy: 'Connect audio to audio, cond to cond or a float param, and event to event.',
  },
  GRAPH_PORT_CHANNELS: {
    summary: 'An edge joins audio ports with different channel counts.',
    remedy: 'Put a node between them that changes the count, for example pan or mix.',
  },
  GRAPH_PORT_COND: {
    summary: 'An edge joins conditioning ports of different dimension or rate.',
    remedy: 'Connect ports whose dim and rateHz are equal.',
  },
  GRAPH_INPUT_TAKEN: {
    summary: 'Two edges lead to one input port.',
    remedy: 'Remove one of them, or sum them with a mix node.',
  },
  GRAPH_INPUT_OPEN: {
    summary: 'A required input port is not connected.',
    remedy: 'Add an edge to it.',
  },
  GRAPH_NO_EDGE: {
    summary: 'There is no edge between these two ends.',
    remedy: 'Name the ends of an edge that is there; `/graph/edges` lists them.',
  },
  GRAPH_MODULATION: {
    summary: 'An edge leads to a param that cannot be modulated.',
    remedy: 'Only float params can be modulated, by a cond port of dim 1.',
  },
  GRAPH_AMOUNT: {
    summary: 'An edge between ports has an amount.',
    remedy: 'Remove the amount: it belongs to modulation edges only; use a gain node to scale audio.',
  },
  GRAPH_CYCLE: {
    summary: 'The edges form a loop.',
    remedy: 'Remove one edge of the loop.',
  },
  GRAPH_OUTPUT: {
    summary: 'The output of the patch is not an audio port.',
    remedy: 'Name an audio output port.',
  },
  GRAPH_DESCRIPTOR: {
    summary: 'A node type is declared wrongly.',
    remedy: 'Correct the descriptor, or remove the plugin that brings it.',
  },
  GRAPH_DUPLICATE_TYPE: {
    summary: 'Two node types have the same name.',
    remedy: 'Rename one, or remove one of the plugins.',
  },
  GRAPH_PREPARE: {
    summary: 'A node could not be prepared.',
    remedy: 'See the message; nothing was started.',
  },
  GRAPH_CREATE: {
    summary: 'A node could not be built.',
    remedy: 'This is a fault of the node: report it to its author. Nothing was started.',
  },
  GRAPH_ACTION_UNKNOWN: {
    summary: 'A node has no such action.',
    remedy: 'Correct the spelling; sashimi nodes lists the actions of every node.',
  },
  GRAPH_ACTION_ARGS: {
    summary: 'An action was called with the wrong arguments.',
    remedy: 'Pass the arguments that the action declares.',
  },
  GRAPH_TICK: {
    summary: 'A tick has an impossible size.',
    remedy: 'Ask for 1 to maxBlockFrames frames.',
  },
  GRAPH_NODE_THREW: {
    summary: 'A node failed while playing; it is silent now, the rest plays on.',
    remedy: 'Load the patch again; if it recurs, report it to the author of the node.',
  },
  GRAPH_NODE_ENDED: {
    summary: 'A node stopped answering while playing; it is silent now, the rest plays on.',
    remedy: 'Load the patch again; if it recurs, report it to the author of the node.',
  },
  GRAPH_NODE_EMISSION: {
    summary: 'A node did not answer a tick exactly once; it is silent now, the rest plays on.',
    remedy: 'This is a fault of the node: report it to its author.',
  },
  GRAPH_NODE_OUTPUT: {
    summary: 'A node answered with a block of the wrong shape; it is silent now, the rest plays on.',
    remedy: 'This is a fault of the node: report it to its author.',
  },
  GRAPH_NODE_NOT_FINITE: {
    summary: 'A node made a value that is no finite number; it is silent now, the rest plays on.',
    remedy: 'Load the patch again; if it recurs, report it to the author of the node.',
  },
} as const satisfies Readonly<Record<string, GraphErrorEntry>>;

export type GraphErrorCode = keyof typeof graphErrors;

export interface GraphErrorOptions {
  /** JSON path into the patch, for example `$.nodes[1].params.gainDb`. */
  readonly path?: string;
  /** Replaces the catalogue's remedy where the thrower knows better. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** The only error that this layer throws on purpose. The message starts with the JSON path, where there is one. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
  readonly code: GraphErrorCode;
  readonly remedy: string;
  readonly path: string | undefined;

  constructor(code: GraphErrorCode, message: string, options: GraphErrorOptions = {}) {
    super(
      options.path === undefined ? message : `${options.path}: ${message}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.path = options.path;
    this.remedy = options.remedy ?? graphErrors[code].remedy;
  }
}

/** What every coded error of this program has, whichever layer threw it. */
export interface CodedError extends Error {
  readonly code: string;
  readonly remedy: string;
}

export function isCodedError(error: unknown): error is CodedError {
  return error instanceof Error && 'code' in error && 'remedy' in error && typeof error.remedy === 'string';
}

/** The words of whatever was thrown. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
