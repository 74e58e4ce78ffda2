/** What a pickle becomes here: plain data, and inert records where Python would have made objects. */

/** A reference to a Python class or function by name. It is a name and nothing else. */
export class PickleGlobal {
  constructor(
    readonly module: string,
    readonly name: string,
  ) {}

  /** `module.name`. */
  get path(): string {
    return `${this.module}.${this.name}`;
  }
}

/** A Python tuple; lists are arrays. */
export class PickleTuple {
  constructor(readonly items: readonly PickleValue[]) {}
}

/** An object of a class that we do not know: what its constructor would have got, and its state. Nothing was called. */
export class PickleRecord {
  /** What BUILD would have set, if it came. */
  state: PickleValue = null;
  /** Items that would have been appended or set. */
  readonly items: PickleValue[] = [];
  readonly entries = new Map<PickleValue, PickleValue>();

  constructor(
    readonly type: PickleGlobal,
    readonly args: readonly PickleValue[],
  ) {}
}

/** A value that a caller's handler made (a tensor, a storage). */
export abstract class PickleExtension {
  /** Marks the type; extensions differ by class. */
  readonly isExtension = true;
}

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | PickleTuple
  | Map<PickleValue, PickleValue>
  | Set<PickleValue>
  | PickleGlobal
  | PickleRecord
  | PickleExtension;

/** How the caller wants names and persistent ids to be read. */
export interface PicklePolicy {
  /**
   * The names that a pickle may mention, each with what a call of it becomes: a function of ours over
   * plain data, or null for a name that is only mentioned (a storage type).
   */
  readonly globals: ReadonlyMap<string, ((args: readonly PickleValue[]) => PickleValue) | null>;
  /** Any other name: refused with MODEL_PICKLE_CALL, or kept as an inert record. */
  readonly unknownGlobals: 'refuse' | 'inert';
  /** Names that are refused even where unknown ones are kept. */
  readonly refuses?: (module: string, name: string) => boolean;
  /** Turns a persistent id (torch: a storage) into a value. */
  readonly persistentLoad: (id: PickleValue) => PickleValue;
}
