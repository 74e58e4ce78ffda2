/** The bindings of an engine: those made by hand, and those of the preset that plays. */
import { type Binding, MAX_BINDINGS } from './binding.js';
import { BindError } from './errors.js';

export interface NumberedBinding {
  /** From 1; never used twice while the engine lives. */
  readonly id: number;
  readonly binding: Binding;
}

/** What a restarted engine needs. */
export interface KeptBindings {
  readonly own: readonly Binding[];
  readonly ofPreset: readonly Binding[];
}

export class BindingBook {
  private own: readonly NumberedBinding[];
  private ofPreset: readonly NumberedBinding[];
  private lastId = 0;

  constructor(kept: KeptBindings = { own: [], ofPreset: [] }) {
    this.own = this.numbered(kept.own);
    this.ofPreset = this.numbered(kept.ofPreset);
  }

  /** By their numbers. */
  all(): readonly NumberedBinding[] {
    return [...this.own, ...this.ofPreset].sort((a, b) => a.id - b.id);
  }

  kept(): KeptBindings {
    return {
      own: this.own.map(({ binding }) => binding),
      ofPreset: this.ofPreset.map(({ binding }) => binding),
    };
  }

  /** Throws `BIND_FULL`. The same control and message once more takes the place of the earlier one. */
  add(binding: Binding): NumberedBinding {
    const same = this.all().find((one) => isSame(one.binding, binding));
    if (same !== undefined) return this.change(same.id, binding);
    this.expectRoom(this.all().length + 1);
    const added = { id: ++this.lastId, binding };
    this.own = [...this.own, added];
    return added;
  }

  /** Throws `BIND_NO_SUCH`. */
  at(id: number): Binding {
    const found = this.all().find((one) => one.id === id);
    if (found === undefined) throw noSuch(id);
    return found.binding;
  }

  /** Throws `BIND_NO_SUCH`. */
  change(id: number, binding: Binding): NumberedBinding {
    this.at(id);
    const changed = { id, binding };
    const put = (all: readonly NumberedBinding[]) => all.map((one) => (one.id === id ? changed : one));
    this.own = put(this.own);
    this.ofPreset = put(this.ofPreset);
    return changed;
  }

  /** Throws `BIND_NO_SUCH`. */
  remove(id: number): void {
    this.at(id);
    this.own = this.own.filter((one) => one.id !== id);
    this.ofPreset = this.ofPreset.filter((one) => one.id !== id);
  }

  /** In the place of those made by hand. Throws `BIND_FULL`. */
  replaceOwn(bindings: readonly Binding[]): void {
    this.expectRoom(bindings.length + this.ofPreset.length);
    this.own = this.numbered(bindings);
  }

  /** In the place of those of the preset before. Throws `BIND_FULL`. */
  replaceOfPreset(bindings: readonly Binding[]): void {
    this.expectRoom(bindings.length + this.own.length);
    this.ofPreset = this.numbered(bindings);
  }

  private numbered(bindings: readonly Binding[]): readonly NumberedBinding[] {
    return bindings.map((binding) => ({ id: ++this.lastId, binding }));
  }

  private expectRoom(count: number): void {
    if (count > MAX_BINDINGS) {
      throw new BindError('BIND_FULL', `Expected at most ${MAX_BINDINGS} bindings but received ${count}.`);
    }
  }
}

function isSame(a: Binding, b: Binding): boolean {
  const [one, other] = [a.control, b.control];
  return (
    a.to === b.to &&
    one.kind === other.kind &&
    one.number === other.number &&
    one.channel === other.channel &&
    one.port === other.port
  );
}

function noSuch(id: number): BindError {
  return new BindError('BIND_NO_SUCH', `There is no binding ${id}.`);
}
