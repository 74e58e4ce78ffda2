/** Finds the entries that an address or a pattern means, in bounded work. */
import type { AddressEntry, AddressTable } from '../control/address-table.js';
import { addressParts, compilePattern, type StepBudget } from './address-pattern.js';

/** What patterns of one packet may cost together, and how much one may match. */
export const PATTERN_LIMITS = { stepsPerPacket: 400_000, maxMatches: 2048, maxCached: 256 } as const;

export type PatternMatch =
  | { readonly ok: true; readonly entries: readonly AddressEntry[] }
  | {
      readonly ok: false;
      readonly code: 'OSC_BAD_PATTERN' | 'OSC_PATTERN_TOO_COSTLY';
      readonly reason: string;
    };

export class AddressIndex {
  private readonly byAddress = new Map<string, AddressEntry>();
  /** Commands are left out: nobody means `/quit` by a pattern. */
  private readonly byPattern = new Map<
    string,
    { readonly entry: AddressEntry; readonly parts: readonly string[] }
  >();
  private readonly cache = new Map<string, PatternMatch>();

  constructor(table: AddressTable) {
    this.add(table);
  }

  /** In time of what is added. */
  add(table: AddressTable): void {
    for (const entry of table) {
      const { address } = entry;
      this.byAddress.set(address, entry);
      if (entry.target.kind !== 'command')
        this.byPattern.set(address, { entry, parts: addressParts(address) });
    }
    this.cache.clear();
  }

  /** In time of what is removed. */
  remove(table: AddressTable): void {
    for (const { address } of table) {
      this.byAddress.delete(address);
      this.byPattern.delete(address);
    }
    this.cache.clear();
  }

  get(address: string): AddressEntry | undefined {
    return this.byAddress.get(address);
  }

  addresses(): Iterable<string> {
    return this.byAddress.keys();
  }

  /** Each pattern is matched once per table; the cache keeps the ones used last. */
  match(pattern: string, budget: StepBudget): PatternMatch {
    const known = this.cache.get(pattern);
    if (known !== undefined) return known;
    const found = this.search(pattern, budget);
    if (budget.steps <= 0)
      return { ok: false, code: 'OSC_PATTERN_TOO_COSTLY', reason: 'this packet has used up its matching' };
    if (this.cache.size >= PATTERN_LIMITS.maxCached)
      this.cache.delete(this.cache.keys().next().value as string);
    this.cache.set(pattern, found);
    return found;
  }

  private search(pattern: string, budget: StepBudget): PatternMatch {
    budget.steps -= pattern.length;
    const compiled = compilePattern(pattern);
    if (typeof compiled === 'string') return { ok: false, code: 'OSC_BAD_PATTERN', reason: compiled };
    const entries: AddressEntry[] = [];
    for (const { entry, parts } of this.byPattern.values()) {
      if (budget.steps <= 0) break;
      if (!compiled.matches(parts, budget)) continue;
      if (entries.length === PATTERN_LIMITS.maxMatches)
        return {
          ok: false,
          code: 'OSC_PATTERN_TOO_COSTLY',
          reason: `it matches more than ${PATTERN_LIMITS.maxMatches} addresses`,
        };
      entries.push(entry);
    }
    return { ok: true, entries };
  }
}
