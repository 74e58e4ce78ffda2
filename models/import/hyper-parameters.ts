import { PickleRecord, PickleTuple, type PickleValue } from './pickle-values.js';

/** Far above any configuration. What lies deeper or comes later is left out, and so is a cycle. */
const MAX_DEPTH = 24;
const MAX_VALUES = 20_000;

/**
 * The inert records of a checkpoint's hyper-parameters as plain data. OmegaConf keeps what it holds under
 * `_content` (containers) or `_val` (values) of its state, an argparse.Namespace in its state itself.
 * Undefined when `value` is nothing like a dict. Never throws.
 */
export function plainRecord(value: PickleValue): Record<string, unknown> | undefined {
  const result = new Plain().convert(value, 0);
  return typeof result === 'object' && result !== null && !Array.isArray(result)
    ? (result as Record<string, unknown>)
    : undefined;
}

class Plain {
  private values = 0;
  /** Containers being converted, from the root down: one that meets itself is a cycle. */
  private readonly path = new Set<PickleValue>();

  convert(value: PickleValue, depth: number): unknown {
    if (++this.values > MAX_VALUES || depth > MAX_DEPTH) return undefined;
    if (value === null || typeof value !== 'object') return typeof value === 'bigint' ? Number(value) : value;
    if (this.path.has(value)) return undefined;
    this.path.add(value);
    const result = this.convertObject(value, depth);
    this.path.delete(value);
    return result;
  }

  private convertObject(value: PickleValue & object, depth: number): unknown {
    if (Array.isArray(value)) return this.list(value, depth);
    if (value instanceof PickleTuple) return this.list(value.items, depth);
    if (value instanceof Map) return this.dict(value, depth);
    if (!(value instanceof PickleRecord)) return undefined;
    const { state, entries } = value;
    if (state instanceof Map) {
      if (state.has('_content')) return this.convert(state.get('_content')!, depth + 1);
      if (state.has('_val')) return this.convert(state.get('_val')!, depth + 1);
      return this.dict(state, depth);
    }
    return this.dict(entries, depth);
  }

  private list(items: readonly PickleValue[], depth: number): unknown[] {
    return items.slice(0, MAX_VALUES).map((item) => this.convert(item, depth + 1));
  }

  private dict(entries: ReadonlyMap<PickleValue, PickleValue>, depth: number): Record<string, unknown> {
    const result: Record<string, unknown> = Object.create(null);
    for (const [key, item] of entries) {
      if (this.values > MAX_VALUES) break;
      if (typeof key === 'string') result[key] = this.convert(item, depth + 1);
    }
    return result;
  }
}
