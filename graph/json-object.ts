/** Reads unknown JSON field by field; every complaint carries its JSON path. */
import { GraphError } from './errors.js';
import { didYouMean } from './nearest.js';

/** A value as an error message shows it: short, on one line. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

export class JsonObject {
  private constructor(
    private readonly value: Readonly<Record<string, unknown>>,
    readonly path: string,
  ) {}

  static of(value: unknown, path: string): JsonObject {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new GraphError('PATCH_TYPE', `expected an object but received ${shown(value)}`, { path });
    }
    return new JsonObject(value as Record<string, unknown>, path);
  }

  get keys(): readonly string[] {
    return Object.keys(this.value);
  }

  has(field: string): boolean {
    return Object.hasOwn(this.value, field);
  }

  /** Own fields only: a field called `constructor` is absent unless the JSON has it. */
  get(field: string): unknown {
    return this.has(field) ? this.value[field] : undefined;
  }

  refuseUnknown(known: readonly string[]): void {
    for (const field of this.keys) {
      if (known.includes(field)) continue;
      throw new GraphError(
        'PATCH_FIELD_UNKNOWN',
        `unknown field ${shown(field)}${didYouMean(field, known)}`,
        {
          path: `${this.path}.${field.slice(0, 80)}`,
        },
      );
    }
  }

  string(field: string, fewest: number, most: number): string {
    const value = this.required(field);
    const path = `${this.path}.${field}`;
    if (typeof value !== 'string') {
      throw new GraphError('PATCH_TYPE', `expected a string but received ${shown(value)}`, { path });
    }
    if (value.length < fewest || value.length > most) {
      throw new GraphError(
        'PATCH_SIZE',
        `expected ${fewest} to ${most} characters but received ${value.length}`,
        { path },
      );
    }
    return value;
  }

  /** The items with the path of each. */
  array(field: string, fewest: number, most: number): { value: unknown; path: string }[] {
    const value = this.required(field);
    const path = `${this.path}.${field}`;
    if (!Array.isArray(value)) {
      throw new GraphError('PATCH_TYPE', `expected an array but received ${shown(value)}`, { path });
    }
    if (value.length < fewest || value.length > most) {
      throw new GraphError('PATCH_SIZE', `expected ${fewest} to ${most} items but received ${value.length}`, {
        path,
      });
    }
    return value.map((item: unknown, index) => ({ value: item, path: `${path}[${index}]` }));
  }

  private required(field: string): unknown {
    if (!this.has(field)) {
      throw new GraphError('PATCH_FIELD_MISSING', `the field "${field}" is missing`, {
        path: `${this.path}.${field}`,
      });
    }
    return this.value[field];
  }
}
