/** What a binding leads to among the addresses of an engine, and whether it can. Pure. */
import type { ParamSetting } from '../../graph/index.js';
import { type AddressEntry, COMMANDS, interpret } from '../control/index.js';
import { type AddressIndex, PATTERN_LIMITS } from '../osc/address-index.js';
import { isPattern } from '../osc/address-pattern.js';
import type { Binding } from './binding.js';
import { BoundControl } from './bound-control.js';
import { BindError } from './errors.js';
import { parseMessageText } from './message-text.js';
import type { BoundEntry } from './resolved.js';

/** Addresses that one control moves. */
export const MAX_ENTRIES = 64;

/** The entries that the binding's address or pattern means, with what they hold; none where there is no such address. */
export function entriesOf(
  { to }: Binding,
  index: AddressIndex,
  valueAt: (entry: AddressEntry) => ParamSetting | undefined,
): readonly BoundEntry[] {
  const { address } = parseMessageText(to);
  return entriesAt(address, index).map((entry) => {
    const value = valueAt(entry);
    return { entry, ...(value !== undefined && { value }) };
  });
}

function entriesAt(address: string, index: AddressIndex): readonly AddressEntry[] {
  const entry = index.get(address);
  if (entry !== undefined) return [entry];
  if (!isPattern(address)) return [];
  const match = index.match(address, { steps: PATTERN_LIMITS.stepsPerPacket });
  return match.ok ? match.entries.slice(0, MAX_ENTRIES) : [];
}

/** Throws `BIND_TARGET` for what would be refused whatever the control says, or is answered to whom nobody knows. */
export function checkTarget(binding: Binding, entries: readonly BoundEntry[]): void {
  const { args } = parseMessageText(binding.to);
  if (args.filter(({ kind }) => kind === 'value').length > 1) {
    throw new BindError('BIND_TARGET', `Expected one $ at the most but received "${binding.to}".`);
  }
  const bound = new BoundControl({ id: 0, binding, entries });
  for (const way of bound.ways) {
    const { address, target } = way.entry;
    if (target.kind === 'command' && isOnlyForAskers(address, COMMANDS[target.command].doneBy)) {
      throw new BindError('BIND_TARGET', `${address} is for clients of OSC, which a control is not.`);
    }
    for (const position of [0, 1]) {
      const meaning = interpret(way.entry, bound.argsAt(way, position));
      if (meaning.kind === 'refusal') throw new BindError('BIND_TARGET', meaning.refusal.message);
    }
  }
}

/** A control that binds controls would be none for long; edits of the patch come in bundles, which a control cannot send. */
function isOnlyForAskers(address: string, doneBy: string): boolean {
  return doneBy === 'listener' || doneBy === 'graph' || address.startsWith('/bind/');
}
