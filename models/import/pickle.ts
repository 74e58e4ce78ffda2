import { ModelError } from '../errors.js';
import { PickleReader } from './pickle-reader.js';
import { PickleGlobal, type PicklePolicy, PickleRecord, PickleTuple, type PickleValue } from './pickle-values.js';

/**
 * A strict interpreter of the binary pickle opcodes, protocols 2 to 5 (CPython, Lib/pickletools.py).
 * It builds data. A pickle can name any Python function and ask for a call; here a name is looked up in
 * the policy's list of our own handlers, and any other is refused or kept as an inert record:
 * nothing that the file says is ever run.
 */
export function unpickle(bytes: Uint8Array, policy: PicklePolicy): PickleValue {
  return new PickleMachine(bytes, policy).run();
}

const MAX_STACK = 1_000_000;
const MAX_MEMO = 4_000_000;

class Mark {}
const MARK = new Mark();
type StackValue = PickleValue | Mark;

class PickleMachine {
  private readonly reader: PickleReader;
  private readonly stack: StackValue[] = [];
  private readonly memo = new Map<number, PickleValue>();

  constructor(
    bytes: Uint8Array,
    private readonly policy: PicklePolicy,
  ) {
    this.reader = new PickleReader(bytes);
  }

  run(): PickleValue {
    for (;;) {
      const opcode = this.reader.uint8();
      if (opcode === 0x2e) return this.finish();
      this.execute(opcode);
      if (this.stack.length > MAX_STACK) limit(`${MAX_STACK} values on its stack`);
    }
  }

  private finish(): PickleValue {
    const value = this.pop();
    if (this.stack.length > 0) malformed(`${this.stack.length} values are left at its end`);
    return value;
  }

  /** One case per opcode: the table of pickletools, in its order of families. */
  private execute(opcode: number): void {
    const { reader } = this;
    switch (opcode) {
      case 0x80: // PROTO
        return checkProtocol(reader.uint8());
      case 0x95: // FRAME
        return void reader.uint64();
      case 0x28: // MARK
        return void this.stack.push(MARK);
      case 0x30: // POP
        return void this.pop();
      case 0x31: // POP_MARK
        return void this.popToMark();
      case 0x32: // DUP
        return this.push(this.top());

      case 0x4e: // NONE
        return this.push(null);
      case 0x88: // NEWTRUE
        return this.push(true);
      case 0x89: // NEWFALSE
        return this.push(false);
      case 0x4a: // BININT
        return this.push(reader.int32());
      case 0x4b: // BININT1
        return this.push(reader.uint8());
      case 0x4d: // BININT2
        return this.push(reader.uint16());
      case 0x8a: // LONG1
        return this.push(reader.long(reader.uint8()));
      case 0x8b: // LONG4
        return this.push(reader.long(reader.uint32()));
      case 0x47: // BINFLOAT
        return this.push(reader.float64());

      case 0x58: // BINUNICODE
        return this.push(reader.text(reader.uint32()));
      case 0x8c: // SHORT_BINUNICODE
        return this.push(reader.text(reader.uint8()));
      case 0x8d: // BINUNICODE8
        return this.push(reader.text(reader.uint64()));
      case 0x54: // BINSTRING
        return this.push(reader.latin1(reader.uint32()));
      case 0x55: // SHORT_BINSTRING
        return this.push(reader.latin1(reader.uint8()));
      case 0x42: // BINBYTES
        return this.push(reader.bytes(reader.uint32()));
      case 0x43: // SHORT_BINBYTES
        return this.push(reader.bytes(reader.uint8()));
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        return this.push(reader.bytes(reader.uint64()));

      case 0x5d: // EMPTY_LIST
        return this.push([]);
      case 0x6c: // LIST
        return this.push(this.popToMark());
      case 0x61: // APPEND
        return this.append([this.pop()]);
      case 0x65: // APPENDS
        return this.append(this.popToMark());
      case 0x29: // EMPTY_TUPLE
        return this.push(new PickleTuple([]));
      case 0x74: // TUPLE
        return this.push(new PickleTuple(this.popToMark()));
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        return this.push(new PickleTuple(this.popMany(opcode - 0x84)));
      case 0x7d: // EMPTY_DICT
        return this.push(new Map());
      case 0x64: // DICT
        return this.push(toMap(this.popToMark()));
      case 0x73: // SETITEM
        return this.setItems(this.popMany(2));
      case 0x75: // SETITEMS
        return this.setItems(this.popToMark());
      case 0x8f: // EMPTY_SET
        return this.push(new Set());
      case 0x90: // ADDITEMS
        return this.addItems(this.popToMark());
      case 0x91: // FROZENSET
        return this.push(new Set(this.popToMark()));

      case 0x68: // BINGET
        return this.push(this.recall(reader.uint8()));
      case 0x6a: // LONG_BINGET
        return this.push(this.recall(reader.uint32()));
      case 0x71: // BINPUT
        return this.remember(reader.uint8());
      case 0x72: // LONG_BINPUT
        return this.remember(reader.uint32());
      case 0x94: // MEMOIZE
        return this.remember(this.memo.size);

      case 0x63: // GLOBAL
        return this.pushGlobal(reader.line(), reader.line());
      case 0x93: // STACK_GLOBAL
        return this.pushStackGlobal(this.popMany(2));
      case 0x51: // BINPERSID
        return this.push(this.policy.persistentLoad(this.pop()));
      case 0x52: // REDUCE
      case 0x81: // NEWOBJ
        return this.pushCall(this.popMany(2));
      case 0x92: // NEWOBJ_EX
        return this.pushCall(this.popMany(3));
      case 0x62: // BUILD
        return this.build(this.pop());
      case 0x69: // INST
        return this.pushCall([this.makeGlobal(reader.line(), reader.line()), new PickleTuple(this.popToMark())]);
      case 0x6f: {
        // OBJ
        const [type, ...args] = this.popToMark();
        return this.pushCall([type ?? null, new PickleTuple(args)]);
      }
      default:
        return malformed(`opcode 0x${opcode.toString(16)} at byte ${reader.position - 1} is not read`);
    }
  }

  private push(value: PickleValue): void {
    this.stack.push(value);
  }

  private pop(): PickleValue {
    const value = this.stack.pop();
    if (value === undefined || value instanceof Mark) malformed('its stack is empty where a value is needed');
    return value;
  }

  /** The last `count` values, in the order in which they were pushed. */
  private popMany(count: number): PickleValue[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  private top(): PickleValue {
    const value = this.stack.at(-1);
    if (value === undefined || value instanceof Mark) malformed('its stack is empty where a value is needed');
    return value;
  }

  private popToMark(): PickleValue[] {
    const at = this.stack.lastIndexOf(MARK);
    if (at < 0) malformed('a mark is missing on its stack');
    const values = this.stack.splice(at);
    return values.slice(1) as PickleValue[];
  }

  private remember(index: number): void {
    if (this.memo.size >= MAX_MEMO) limit(`${MAX_MEMO} remembered values`);
    this.memo.set(index, this.top());
  }

  private recall(index: number): PickleValue {
    const value = this.memo.get(index);
    if (value === undefined) malformed(`it recalls value ${index}, which was never remembered`);
    return value;
  }

  private append(items: PickleValue[]): void {
    const target = this.top();
    const list = Array.isArray(target) ? target : target instanceof PickleRecord ? target.items : undefined;
    if (list === undefined) malformed('it appends to something that is no list');
    for (const item of items) list.push(item);
  }

  private setItems(items: PickleValue[]): void {
    const target = this.top();
    const map = target instanceof Map ? target : target instanceof PickleRecord ? target.entries : undefined;
    if (map === undefined) malformed('it sets items of something that is no dict');
    for (const [key, value] of pairs(items)) map.set(key, value);
  }

  private addItems(items: PickleValue[]): void {
    const target = this.top();
    if (!(target instanceof Set)) malformed('it adds items to something that is no set');
    for (const item of items) target.add(item);
  }

  private pushStackGlobal([module, name]: PickleValue[]): void {
    if (typeof module !== 'string' || typeof name !== 'string') malformed('a global has no name');
    this.pushGlobal(module, name);
  }

  private pushGlobal(module: string, name: string): void {
    this.push(this.makeGlobal(module, name));
  }

  private makeGlobal(module: string, name: string): PickleGlobal {
    const global = new PickleGlobal(module, name);
    if (this.policy.unknownGlobals === 'refuse' && !this.policy.globals.has(global.path)) refuse(global.path);
    return global;
  }

  /** REDUCE and its kin: a call in Python. Here a handler of ours, or an inert record. Keyword arguments are dropped. */
  private pushCall([callee, args]: PickleValue[]): void {
    if (!(callee instanceof PickleGlobal)) malformed('it calls something that is no global');
    if (!(args instanceof PickleTuple)) malformed(`the arguments of ${callee.path} are no tuple`);
    const handler = this.policy.globals.get(callee.path);
    if (handler) return this.push(handler(args.items));
    if (this.policy.unknownGlobals === 'refuse') refuse(callee.path);
    this.push(new PickleRecord(callee, args.items));
  }

  /** BUILD: a record keeps its state; attributes of dicts (a state dict's `_metadata`) are dropped. */
  private build(state: PickleValue): void {
    const target = this.top();
    if (target instanceof PickleRecord) target.state = state;
    else if (!(target instanceof Map)) malformed('it sets the state of something that is no object');
  }
}

function checkProtocol(protocol: number): void {
  if (protocol < 2 || protocol > 5) malformed(`expected protocol 2 to 5 but received ${protocol}`);
}

function toMap(items: PickleValue[]): Map<PickleValue, PickleValue> {
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

function malformed(what: string): never {
  throw new ModelError('MODEL_PICKLE', `Malformed pickle: ${what}.`);
}

function limit(what: string): never {
  throw new ModelError('MODEL_PICKLE_LIMIT', `Expected a pickle of a model but received one with more than ${what}.`);
}
