import { ModelError } from '../errors.js';
import {
  PickleExtension,
  PickleGlobal,
  type PicklePolicy,
  PickleRecord,
  PickleTuple,
  type PickleValue,
} from './pickle-values.js';

/** Bounds far above any model's pickle. */
const MAX_STACK = 250_000;
const MAX_MEMO = 1_000_000;

class Mark {}
const MARK = new Mark();

/** The pickle virtual machine: a stack, a memo, and what the opcodes of pickle.ts do to them. */
export class PickleMachine {
  private readonly stack: (PickleValue | Mark)[] = [];
  private readonly memo = new Map<number, PickleValue>();

  constructor(private readonly policy: PicklePolicy) {}

  /** STOP: the one value that is left. */
  finish(): PickleValue {
    const value = this.pop();
    if (this.stack.length > 0) malformed(`${this.stack.length} values are left at its end`);
    return value;
  }

  mark(): void {
    this.pushAny(MARK);
  }

  push(value: PickleValue): void {
    this.pushAny(value);
  }

  pop(): PickleValue {
    const value = this.stack.pop();
    if (value === undefined || value instanceof Mark) malformed('its stack is empty where a value is needed');
    return value;
  }

  /** The last `count` values, in the order in which they were pushed. */
  popMany(count: number): PickleValue[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  top(): PickleValue {
    const value = this.stack.at(-1);
    if (value === undefined || value instanceof Mark) malformed('its stack is empty where a value is needed');
    return value;
  }

  /** Everything above the last mark, which goes too. */
  popToMark(): PickleValue[] {
    const at = this.stack.lastIndexOf(MARK);
    if (at < 0) malformed('a mark is missing on its stack');
    const values = this.stack.splice(at);
    return values.slice(1) as PickleValue[];
  }

  remember(index: number): void {
    if (this.memo.size >= MAX_MEMO) limit(`${MAX_MEMO} remembered values`);
    this.memo.set(index, this.top());
  }

  /** MEMOIZE: under the next free index. */
  memoize(): void {
    this.remember(this.memo.size);
  }

  recall(index: number): PickleValue {
    const value = this.memo.get(index);
    if (value === undefined) malformed(`it recalls value ${index}, which was never remembered`);
    return value;
  }

  append(items: PickleValue[]): void {
    const target = this.top();
    const list = Array.isArray(target) ? target : target instanceof PickleRecord ? target.items : undefined;
    if (list === undefined) malformed('it appends to something that is no list');
    for (const item of items) list.push(item);
  }

  setItems(items: PickleValue[]): void {
    const target = this.top();
    const map = target instanceof Map ? target : target instanceof PickleRecord ? target.entries : undefined;
    if (map === undefined) malformed('it sets items of something that is no dict');
    for (const [key, value] of pairs(items)) map.set(key, value);
  }

  addItems(items: PickleValue[]): void {
    const target = this.top();
    if (!(target instanceof Set)) malformed('it adds items to something that is no set');
    for (const item of items) target.add(item);
  }

  pushStackGlobal(): void {
    const [module, name] = this.popMany(2);
    if (typeof module !== 'string' || typeof name !== 'string') malformed('a global has no name');
    this.push(this.global(module, name));
  }

  /** A name, if the policy lets the pickle mention it. */
  global(module: string, name: string): PickleGlobal {
    const global = new PickleGlobal(module, name);
    if (this.policy.globals.has(global.path)) return global;
    if (this.policy.unknownGlobals === 'refuse' || this.policy.refuses?.(module, name)) refuse(global.path);
    return global;
  }

  /** REDUCE and its kin: a call in Python. Here a handler of ours, or an inert record. Keyword arguments are dropped. */
  pushCall([callee, args]: PickleValue[]): void {
    // What an inert record would have returned is just as inert.
    if (callee instanceof PickleRecord) {
      this.push(new PickleRecord(callee.type, []));
      return;
    }
    if (!(callee instanceof PickleGlobal)) malformed('it calls something that is no global');
    if (!(args instanceof PickleTuple)) malformed(`the arguments of ${callee.path} are no tuple`);
    const handler = this.policy.globals.get(callee.path);
    if (!handler && this.policy.unknownGlobals === 'refuse') refuse(callee.path);
    this.push(handler ? handler(args.items) : new PickleRecord(callee, args.items));
  }

  /** BUILD: a record keeps its state; attributes of dicts (a state dict's `_metadata`) and tensors are dropped. */
  build(): void {
    const state = this.pop();
    const target = this.top();
    if (target instanceof PickleRecord) target.state = state;
    else if (!(target instanceof Map || target instanceof PickleExtension))
      malformed('it sets the state of something that is no object');
  }

  /** BINPERSID: outside data (torch: a storage). */
  persistentLoad(): void {
    this.push(this.policy.persistentLoad(this.pop()));
  }

  private pushAny(value: PickleValue | Mark): void {
    if (this.stack.length >= MAX_STACK) limit(`${MAX_STACK} values on its stack`);
    this.stack.push(value);
  }
}

export function toMap(items: PickleValue[]): Map<PickleValue, PickleValue> {
  return new Map(pairs(items));
}

function* pairs(items: PickleValue[]): Generator<[PickleValue, PickleValue]> {
  if (items.length % 2 !== 0) malformed('a dict has a key without a value');
  for (let i = 0; i < items.length; i += 2) yield [items[i]!, items[i + 1]!];
}

function refuse(path: string): never {
  throw new ModelError(
    'MODEL_PICKLE_CALL',
    `The checkpoint's pickle asks for ${path}, which no state dict needs. It was not run.`,
  );
}

export function malformed(what: string): never {
  throw new ModelError('MODEL_PICKLE', `Malformed pickle: ${what}.`);
}

function limit(what: string): never {
  throw new ModelError(
    'MODEL_PICKLE_LIMIT',
    `Expected a pickle of a model but received one with more than ${what}.`,
  );
}
