/** Checks the arguments of an action against its declaration. */
import { GraphError } from './errors.js';
import { shown } from './json-object.js';
import type { ActionArgSpec, ActionSpec, ActionValue } from './node.js';

/** Whole numbers are rounded. Throws GRAPH_ACTION_ARGS. */
export function checkActionArgs(spec: ActionSpec, name: string, args: readonly unknown[]): ActionValue[] {
  const required = spec.args.filter(({ optional }) => optional !== true).length;
  if (args.length < required || args.length > spec.args.length) {
    const expected = required === spec.args.length ? `${required}` : `${required} to ${spec.args.length}`;
    throw new GraphError(
      'GRAPH_ACTION_ARGS',
      `${name} takes ${expected} arguments but received ${args.length}`,
    );
  }
  return args.map((value, index) => checkArg(spec.args[index]!, name, value));
}

function checkArg(spec: ActionArgSpec, name: string, value: unknown): ActionValue {
  switch (spec.type) {
    case 'string':
      if (typeof value === 'string') return value;
      break;
    case 'bool':
      if (typeof value === 'boolean') return value;
      break;
    case 'float':
      if (typeof value === 'number' && Number.isFinite(value)) return value;
      break;
    case 'int':
      if (typeof value === 'number' && Number.isFinite(value)) return Math.round(value);
      break;
  }
  throw new GraphError(
    'GRAPH_ACTION_ARGS',
    `${name} expected a ${spec.type} for ${spec.name} but received ${shown(value)}`,
  );
}
