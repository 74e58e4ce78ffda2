/**
 * The address table as the tree of OSCQuery 1.0 nodes that a host serves as JSON. Pure: no sockets, no values read.
 */
import type { ParamSetting, ParamSpec, Unit } from '../../graph/index.js';
import type { AddressEntry, AddressTable, CommandArgSpec } from '../control/index.js';

/** One entry of RANGE: of a number its bounds, of an enum what it takes, of anything else nothing. */
export interface QueryRange {
  readonly MIN?: number;
  readonly MAX?: number;
  readonly VALS?: readonly string[];
}

/** ACCESS: 0 holds no value, 2 is written only, 3 is read and written. Arrays have one entry per type tag. */
export interface QueryNode {
  FULL_PATH: string;
  ACCESS: 0 | 2 | 3;
  DESCRIPTION?: string;
  TYPE?: string;
  RANGE?: readonly QueryRange[];
  UNIT?: readonly string[];
  CLIPMODE?: readonly ('none' | 'both')[];
  VALUE?: readonly ParamSetting[];
  /** Has no prototype: a node of a patch may have any name. */
  CONTENTS?: Record<string, QueryNode>;
}

/** What a param holds now; undefined where that is not known, and then VALUE is left out. */
export type ValueAt = (address: string) => ParamSetting | undefined;

const ARG_TAGS = { float: 'f', int: 'i', string: 's', bool: 'T', any: 's' } as const satisfies Record<
  CommandArgSpec['type'],
  string
>;
const PARAM_TAGS = { float: 'f', int: 'i', enum: 's', bool: 'T' } as const satisfies Record<
  ParamSpec['type'],
  string
>;

/** Units by their names in OSCQuery's list; what that lacks goes by our own name. */
const UNIT_NAMES: Readonly<Partial<Record<Unit, string>>> = {
  hz: 'time.hz',
  db: 'gain.db',
  ms: 'time.ms',
  seconds: 'time.second',
};

/** The whole namespace. An address that is both a method and the start of others has attributes and CONTENTS. */
export function describeNamespace(table: AddressTable, valueAt: ValueAt): QueryNode {
  const root: QueryNode = { FULL_PATH: '/', ACCESS: 0 };
  for (const entry of table) Object.assign(place(root, entry.address), attributes(entry, valueAt));
  return root;
}

function place(root: QueryNode, address: string): QueryNode {
  let node = root;
  let path = '';
  for (const part of address.slice(1).split('/')) {
    path += `/${part}`;
    node.CONTENTS ??= Object.create(null) as Record<string, QueryNode>;
    node.CONTENTS[part] ??= { FULL_PATH: path, ACCESS: 0 };
    node = node.CONTENTS[part];
  }
  return node;
}

function attributes({ address, description, target }: AddressEntry, valueAt: ValueAt): Partial<QueryNode> {
  if (target.kind === 'param' || target.kind === 'master')
    return paramAttributes(description, target.spec, valueAt(address));
  return {
    ACCESS: 2,
    DESCRIPTION: description,
    TYPE: target.args.map(({ type }) => ARG_TAGS[type]).join(''),
  };
}

function paramAttributes(description: string, spec: ParamSpec, value?: ParamSetting): Partial<QueryNode> {
  const numeric = spec.type === 'float' || spec.type === 'int';
  return {
    ACCESS: 3,
    DESCRIPTION: description,
    TYPE: spec.type === 'bool' && value === false ? 'F' : PARAM_TAGS[spec.type],
    RANGE: [numeric ? { MIN: spec.min, MAX: spec.max } : spec.type === 'enum' ? { VALS: spec.options } : {}],
    CLIPMODE: [numeric ? 'both' : 'none'],
    ...(numeric && spec.unit !== 'none' && { UNIT: [UNIT_NAMES[spec.unit] ?? spec.unit] }),
    ...(value !== undefined && { VALUE: [value] }),
  };
}
