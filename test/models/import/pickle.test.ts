import assert from 'node:assert/strict';
import { unpickle } from '../../../models/import/pickle.js';
import {
  PickleGlobal,
  type PicklePolicy,
  PickleRecord,
  PickleTuple,
} from '../../../models/import/pickle-values.js';
import { assertModelError } from '../../support/model-errors.js';
import { pickleBytes } from '../../support/pickle-bytes.js';

const { of, opcodes, text, int, global, tuple, reduce, dict } = pickleBytes;
const strict: PicklePolicy = {
  globals: new Map([['collections.OrderedDict', () => new Map()]]),
  unknownGlobals: 'refuse',
  persistentLoad: (id) => id,
};
const inert: PicklePolicy = { ...strict, unknownGlobals: 'inert' };

describe('pickle', () => {
  it('reads what CPython writes', () => {
    // pickle.dumps({'a': [1, 2.5, None], 'b': (True, -7, 2**70), 'c': b'xy'}, protocol=4)
    const file = Buffer.from(
      '80049539000000000000007d94288c0161945d94284b014740040000000000004e658c016294884af9ffffff8a0900000000' +
        '000000004087948c0163944302787994752e',
      'hex',
    );
    const value = unpickle(file, strict);
    assert.deepEqual(
      value,
      new Map<string, unknown>([
        ['a', [1, 2.5, null]],
        ['b', new PickleTuple([true, -7, 2n ** 70n])],
        ['c', Buffer.from('xy')],
      ]),
    );
  });

  const evil = reduce(global('posix', 'system'), tuple(text('echo pwned')));
  const calls: readonly [string, Uint8Array][] = [
    ['by REDUCE', of(evil)],
    ['inside a dict', of(dict({ weight: evil }))],
    ['by STACK_GLOBAL', of(text('posix'), text('system'), opcodes(0x93), tuple(text('x')), opcodes(0x52))],
    ['by NEWOBJ', of(global('posix', 'system'), tuple(text('x')), opcodes(0x81))],
    ['by INST', of(opcodes(0x28), text('x'), Buffer.from('iposix\nsystem\n'))],
    ['by a mention alone', of(global('posix', 'system'))],
    ['in the text protocol', Buffer.from("cposix\nsystem\n(S'echo pwned'\ntR.")],
  ];
  for (const [how, file] of calls) {
    it(`refuses a call of os.system ${how}, and names it`, () =>
      assertModelError(() => unpickle(file, strict), 'MODEL_PICKLE_CALL', /posix\.system/));
  }

  it('does not mistake an allowed name for its neighbours', () =>
    assertModelError(
      () => unpickle(of(global('collections', 'OrderedDict.fromkeys')), strict),
      'MODEL_PICKLE_CALL',
    ));

  it('keeps unknown objects as inert records where the policy says so', () => {
    const object = Buffer.concat([
      global('omegaconf', 'DictConfig'),
      tuple(),
      opcodes(0x81),
      dict({ d_model: int(64) }),
      opcodes(0x62),
    ]);
    const value = unpickle(of(object), inert);
    assert.ok(value instanceof PickleRecord);
    assert.equal(value.type.path, 'omegaconf.DictConfig');
    assert.deepEqual(value.state, new Map([['d_model', 64]]));
    assert.ok(unpickle(of(global('os', 'system')), inert) instanceof PickleGlobal);
    const record = unpickle(of(evil), inert);
    assert.ok(record instanceof PickleRecord);
    assert.deepEqual(record.args, ['echo pwned']);
  });

  const faults: readonly [string, Uint8Array][] = [
    ['an empty file', new Uint8Array()],
    ['no STOP', opcodes(0x80, 2, 0x4e)],
    ['an empty stack at STOP', of()],
    ['two values at STOP', of(int(1), int(2))],
    ['a tuple without a mark', of(int(1), opcodes(0x74))],
    ['a mark as a value', of(opcodes(0x28, 0x85))],
    ['a memo that was never set', of(opcodes(0x68, 9))],
    ['a string beyond the end', of(opcodes(0x58, 0xff, 0xff, 0xff, 0x7f))],
    ['a string that is no UTF-8', of(opcodes(0x58, 1, 0, 0, 0, 0xff))],
    ['a dict with half a pair', of(opcodes(0x7d, 0x28), int(1), opcodes(0x75))],
    ['a call of a number', of(int(1), tuple(), opcodes(0x52))],
    ['protocol 9', opcodes(0x80, 9, 0x4e, 0x2e)],
    ['an unknown opcode', of(opcodes(0xff))],
    ['an append to a number', of(int(1), int(2), opcodes(0x61))],
  ];
  for (const [what, file] of faults) {
    it(`refuses ${what}`, () => assertModelError(() => unpickle(file, strict), 'MODEL_PICKLE'));
  }

  it('bounds its stack', () =>
    assertModelError(
      () => unpickle(of(Buffer.alloc(1_100_000, 'N')), strict),
      'MODEL_PICKLE_LIMIT',
      /stack/,
    ));

  it('bounds integers', () =>
    assertModelError(
      () => unpickle(of(opcodes(0x8b, 0, 0, 1, 0), Buffer.alloc(65536)), strict),
      'MODEL_PICKLE_LIMIT',
    ));

  it('does not recurse: two hundred thousand nested lists are read', () => {
    const depth = 200_000;
    const file = of(Buffer.alloc(depth, ']'), Buffer.alloc(depth - 1, 'a'));
    assert.ok(Array.isArray(unpickle(file, strict)));
  });
});
