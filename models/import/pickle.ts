import { malformed, PickleMachine, toMap } from './pickle-machine.js';
import { PickleReader } from './pickle-reader.js';
import { type PicklePolicy, PickleTuple, type PickleValue } from './pickle-values.js';

/**
 * A strict interpreter of the binary pickle opcodes, protocols 2 to 5 (CPython, Lib/pickletools.py).
 * It builds data. A pickle can name any Python function and ask for a call; here a name is looked up in
 * the policy's list of our own handlers, and any other is refused or kept as an inert record:
 * nothing that the file says is ever run. Throws MODEL_PICKLE, MODEL_PICKLE_CALL, MODEL_PICKLE_LIMIT.
 */
export function unpickle(bytes: Uint8Array, policy: PicklePolicy): PickleValue {
  const reader = new PickleReader(bytes);
  const machine = new PickleMachine(policy);
  for (;;) {
    const opcode = reader.uint8();
    if (opcode === STOP) return machine.finish();
    const operation = operations.get(opcode);
    if (operation === undefined)
      malformed(`opcode 0x${opcode.toString(16)} at byte ${reader.position - 1} is not read`);
    operation(machine, reader);
  }
}

type Operation = (machine: PickleMachine, reader: PickleReader) => void;

const STOP = 0x2e;

/** By opcode, named as in pickletools. The text opcodes of protocols 0 and 1 are missing on purpose. */
const operations: ReadonlyMap<number, Operation> = new Map<number, Operation>([
  [0x80, (_, r) => checkProtocol(r.uint8())], // PROTO
  [0x95, (_, r) => void r.uint64()], // FRAME
  [0x28, (m) => m.mark()], // MARK
  [0x30, (m) => void m.pop()], // POP
  [0x31, (m) => void m.popToMark()], // POP_MARK
  [0x32, (m) => m.push(m.top())], // DUP

  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x4a, (m, r) => m.push(r.int32())], // BININT
  [0x4b, (m, r) => m.push(r.uint8())], // BININT1
  [0x4d, (m, r) => m.push(r.uint16())], // BININT2
  [0x8a, (m, r) => m.push(r.long(r.uint8()))], // LONG1
  [0x8b, (m, r) => m.push(r.long(r.uint32()))], // LONG4
  [0x47, (m, r) => m.push(r.float64())], // BINFLOAT

  [0x58, (m, r) => m.push(r.text(r.uint32()))], // BINUNICODE
  [0x8c, (m, r) => m.push(r.text(r.uint8()))], // SHORT_BINUNICODE
  [0x8d, (m, r) => m.push(r.text(r.uint64()))], // BINUNICODE8
  [0x54, (m, r) => m.push(r.latin1(r.uint32()))], // BINSTRING
  [0x55, (m, r) => m.push(r.latin1(r.uint8()))], // SHORT_BINSTRING
  [0x42, (m, r) => m.push(r.bytes(r.uint32()))], // BINBYTES
  [0x43, (m, r) => m.push(r.bytes(r.uint8()))], // SHORT_BINBYTES
  [0x8e, (m, r) => m.push(r.bytes(r.uint64()))], // BINBYTES8
  [0x96, (m, r) => m.push(r.bytes(r.uint64()))], // BYTEARRAY8

  [0x5d, (m) => m.push([])], // EMPTY_LIST
  [0x6c, (m) => m.push(m.popToMark())], // LIST
  [0x61, (m) => m.append([m.pop()])], // APPEND
  [0x65, (m) => m.append(m.popToMark())], // APPENDS
  [0x29, (m) => m.push(new PickleTuple([]))], // EMPTY_TUPLE
  [0x74, (m) => m.push(new PickleTuple(m.popToMark()))], // TUPLE
  [0x85, (m) => m.push(new PickleTuple(m.popMany(1)))], // TUPLE1
  [0x86, (m) => m.push(new PickleTuple(m.popMany(2)))], // TUPLE2
  [0x87, (m) => m.push(new PickleTuple(m.popMany(3)))], // TUPLE3
  [0x7d, (m) => m.push(new Map())], // EMPTY_DICT
  [0x64, (m) => m.push(toMap(m.popToMark()))], // DICT
  [0x73, (m) => m.setItems(m.popMany(2))], // SETITEM
  [0x75, (m) => m.setItems(m.popToMark())], // SETITEMS
  [0x8f, (m) => m.push(new Set())], // EMPTY_SET
  [0x90, (m) => m.addItems(m.popToMark())], // ADDITEMS
  [0x91, (m) => m.push(new Set(m.popToMark()))], // FROZENSET

  [0x68, (m, r) => m.push(m.recall(r.uint8()))], // BINGET
  [0x6a, (m, r) => m.push(m.recall(r.uint32()))], // LONG_BINGET
  [0x71, (m, r) => m.remember(r.uint8())], // BINPUT
  [0x72, (m, r) => m.remember(r.uint32())], // LONG_BINPUT
  [0x94, (m) => m.memoize()], // MEMOIZE

  [0x63, (m, r) => m.push(m.global(r.line(), r.line()))], // GLOBAL
  [0x93, (m) => m.pushStackGlobal()], // STACK_GLOBAL
  [0x51, (m) => m.persistentLoad()], // BINPERSID
  [0x52, (m) => m.pushCall(m.popMany(2))], // REDUCE
  [0x81, (m) => m.pushCall(m.popMany(2))], // NEWOBJ
  [0x92, (m) => m.pushCall(m.popMany(3))], // NEWOBJ_EX
  [0x69, (m, r) => m.pushCall([m.global(r.line(), r.line()), new PickleTuple(m.popToMark())])], // INST
  [0x62, (m) => m.build()], // BUILD
]);

function checkProtocol(protocol: number): void {
  if (protocol < 2 || protocol > 5) malformed(`expected protocol 2 to 5 but received ${protocol}`);
}
