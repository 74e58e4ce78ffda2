/**
 * All addresses of a running engine, derived from the descriptors of its nodes.
 * Plain data: it crosses threads by structured clone.
 */
import type {
  ActionArgSpec,
  ActionSpecs,
  NodeRegistry,
  ParamSpec,
  ParamSpecs,
  Patch,
} from '../../graph/index.js';
import type { CommandArgSpec } from './commands/spec.js';
import { COMMANDS, type CommandAddress, MASTER_PARAMS } from './commands.js';
import { OscError } from './errors.js';

/** Where a message to an address goes. */
export type Target =
  | { readonly kind: 'param'; readonly nodeId: string; readonly name: string; readonly spec: ParamSpec }
  | {
      readonly kind: 'action';
      readonly nodeId: string;
      readonly name: string;
      readonly args: readonly ActionArgSpec[];
    }
  | { readonly kind: 'master'; readonly name: keyof typeof MASTER_PARAMS; readonly spec: ParamSpec }
  | {
      readonly kind: 'voice';
      readonly voice: string;
      readonly name: 'position' | 'fade';
      readonly args: readonly ActionArgSpec[];
    }
  | { readonly kind: 'command'; readonly command: CommandAddress; readonly args: readonly CommandArgSpec[] };

export interface AddressEntry {
  readonly address: string;
  readonly description: string;
  readonly target: Target;
}
/** Sorted by address; every address once. */
export type AddressTable = readonly AddressEntry[];

/** What the table needs to know of a node: its id in the patch and what its descriptor declares. */
export interface AddressableNode {
  readonly id: string;
  /** Where it is found; `/node/ID` when left out. */
  readonly address?: string;
  readonly descriptor: { readonly params: ParamSpecs; readonly actions?: ActionSpecs };
}

export function buildAddressTable(nodes: Iterable<AddressableNode>): AddressTable {
  const entries = [...commandEntries(), ...masterEntries()];
  for (const node of nodes) entries.push(...nodeEntries(node));
  entries.sort((a, b) => (a.address < b.address ? -1 : 1));
  entries.forEach((entry, i) => {
    if (entries[i + 1]?.address === entry.address)
      throw new OscError('OSC_ADDRESS_TAKEN', `The address ${entry.address} is declared twice.`);
  });
  return entries;
}

/** Of an engine that plays `patch`. */
export function addressTableOf(patch: Patch, registry: NodeRegistry): AddressTable {
  return buildAddressTable(
    patch.nodes.flatMap(({ id, type }) => {
      const descriptor = registry.get(type);
      // An unknown type is refused, with its place in the patch, when the patch is compiled.
      return descriptor === undefined ? [] : [{ id, descriptor }];
    }),
  );
}

/** Of one node. */
export function* nodeEntries(node: AddressableNode): Iterable<AddressEntry> {
  const { id, descriptor, address = `/node/${id}` } = node;
  for (const [name, spec] of Object.entries(descriptor.params))
    yield {
      address: `${address}/${name}`,
      description: spec.label,
      target: { kind: 'param', nodeId: id, name, spec },
    };
  for (const [name, spec] of Object.entries(descriptor.actions ?? {}))
    yield {
      address: `${address}/${name}`,
      description: spec.description,
      target: { kind: 'action', nodeId: id, name, args: spec.args },
    };
}

function masterEntries(): AddressEntry[] {
  return (['gain', 'mute'] as const).map((name) => ({
    address: `/master/${name}`,
    description: MASTER_PARAMS[name].label,
    target: { kind: 'master', name, spec: MASTER_PARAMS[name] },
  }));
}

function commandEntries(): AddressEntry[] {
  return (Object.keys(COMMANDS) as CommandAddress[]).map((command) => ({
    address: command,
    description: COMMANDS[command].description,
    target: { kind: 'command', command, args: COMMANDS[command].args },
  }));
}
