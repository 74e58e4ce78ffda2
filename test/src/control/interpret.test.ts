import assert from 'node:assert/strict';
import { type ControlArg, type Interpretation, interpret } from '../../../src/control/index.js';
import { TOY_TABLE } from './toy-table.js';

const number = (value: number): ControlArg => ({ kind: 'number', value });
const string = (value: string): ControlArg => ({ kind: 'string', value });
const bool = (value: boolean): ControlArg => ({ kind: 'bool', value });
const impulse: ControlArg = { kind: 'impulse' };
const blob: ControlArg = { kind: 'other', type: 'a blob (b)' };

function heard(address: string, ...args: readonly ControlArg[]): Interpretation {
  const entry = TOY_TABLE.find((e) => e.address === address);
  assert.ok(entry, address);
  return interpret(entry, args);
}

function valueSet(meaning: Interpretation): unknown {
  assert.ok(meaning.kind === 'control' && meaning.message.kind === 'param', JSON.stringify(meaning));
  return meaning.message.value;
}

describe('interpret', () => {
  for (const [address, arg, value] of [
    ['/node/model/temperature', number(0.5), 0.5],
    ['/node/model/temperature', number(2), 2],
    ['/node/model/topK', number(40), 40],
    ['/node/model/topK', number(39.6), 40],
    ['/node/model/frozen', bool(true), true],
    ['/node/model/frozen', bool(false), false],
    ['/node/model/frozen', number(1), true],
    ['/node/model/frozen', number(0), false],
    ['/node/model/frozen', impulse, true],
    ['/node/model/law', string('square'), 'square'],
    ['/node/model/law', number(2), 'cubic'],
  ] as const)
    it(`${address} ${JSON.stringify(arg)} sets ${value}, without a word`, () => {
      const meaning = heard(address, arg);
      assert.equal(valueSet(meaning), value);
      assert.ok(meaning.kind === 'control' && meaning.warning === undefined);
    });

  it('a float param takes a ramp, clamped and told like the value; others take none', () => {
    const meaning = heard('/node/model/temperature', number(0.5), number(1500));
    assert.deepEqual(meaning, {
      kind: 'control',
      message: { kind: 'param', nodeId: 'model', name: 'temperature', value: 0.5, rampMs: 1500 },
    });
    const clamped = heard('/node/model/temperature', number(9), number(-1));
    assert.equal(valueSet(clamped), 2);
    assert.ok(clamped.kind === 'control' && clamped.warning?.code === 'OSC_CLAMPED');
    assert.match(
      clamped.warning.message,
      /set to 2\. rampMs -1 is below the allowed range 0 to 3600000 ms; set to 0/,
    );
    const steps = heard('/node/model/topK', number(4), number(100));
    assert.ok(steps.kind === 'refusal' && steps.refusal.code === 'OSC_WRONG_ARITY');
  });

  for (const [address, arg, value, said] of [
    [
      '/node/model/temperature',
      number(9),
      2,
      'temperature 9 is above the allowed range 0.1 to 2 ratio; set to 2.',
    ],
    [
      '/node/model/temperature',
      number(-1),
      0.1,
      'temperature -1 is below the allowed range 0.1 to 2 ratio; set to 0.1.',
    ],
    ['/node/model/topK', number(1000), 256, 'topK 1000 is above the allowed range 0 to 256; set to 256.'],
    [
      '/node/level/gainDb',
      number(-100),
      -60,
      'gainDb -100 is below the allowed range -60 to 12 db; set to -60.',
    ],
  ] as const)
    it(`${address} ${arg.kind === 'number' && arg.value} is clamped and told`, () => {
      const meaning = heard(address, arg);
      assert.equal(valueSet(meaning), value);
      assert.deepEqual(meaning.kind === 'control' && meaning.warning, { code: 'OSC_CLAMPED', message: said });
    });

  for (const [address, args, code, said] of [
    ['/node/model/temperature', [], 'OSC_WRONG_ARITY', /takes temperature \[rampMs\]; received 0/],
    [
      '/node/model/temperature',
      [number(1), number(2), number(3)],
      'OSC_WRONG_ARITY',
      /temperature \[rampMs\]; received 3/,
    ],
    ['/node/model/temperature', [number(1), string('slowly')], 'OSC_WRONG_TYPE', /rampMs takes a number/],
    [
      '/node/model/temperature',
      [string('hot')],
      'OSC_WRONG_TYPE',
      /takes a number \(f, i, d or h\), not a string/,
    ],
    ['/node/model/temperature', [bool(true)], 'OSC_WRONG_TYPE', /not a bool/],
    ['/node/model/temperature', [impulse], 'OSC_WRONG_TYPE', /not a impulse|not an impulse/],
    ['/node/model/temperature', [blob], 'OSC_WRONG_TYPE', /not a blob/],
    ['/node/model/temperature', [number(Number.NaN)], 'OSC_BAD_VALUE', /finite number, not NaN/],
    ['/node/model/temperature', [number(Number.POSITIVE_INFINITY)], 'OSC_BAD_VALUE', /not Infinity/],
    ['/node/model/topK', [number(2 ** 60)], 'OSC_BAD_VALUE', /finite whole number/],
    ['/node/model/frozen', [string('yes')], 'OSC_WRONG_TYPE', /T, F or a number/],
    ['/node/model/frozen', [number(Number.NaN)], 'OSC_BAD_VALUE', /not NaN/],
    ['/node/model/law', [string('cube')], 'OSC_BAD_OPTION', /one of 0 linear, 1 square, 2 cubic; not cube/],
    ['/node/model/law', [number(3)], 'OSC_BAD_OPTION', /not 3/],
    ['/node/model/law', [number(0.5)], 'OSC_BAD_OPTION', /not 0\.5/],
    ['/node/model/law', [bool(true)], 'OSC_WRONG_TYPE', /an option/],
    ['/node/model/reset', [number(1), number(1)], 'OSC_WRONG_ARITY', /takes no arguments/],
    ['/node/model/reset', [string('now')], 'OSC_WRONG_ARITY', /takes no arguments/],
    ['/node/model/say', [], 'OSC_WRONG_ARITY', /takes text \[speed\]/],
    ['/node/model/say', [number(1)], 'OSC_WRONG_TYPE', /text takes a string/],
    ['/node/model/say', [string('a'), string('b')], 'OSC_WRONG_TYPE', /speed takes a number/],
    ['/node/model/say', [string('a'), number(1), number(1)], 'OSC_WRONG_ARITY', /received 3/],
    ['/preset/load', [number(1)], 'OSC_WRONG_TYPE', /name takes a string/],
    ['/sync', [], 'OSC_WRONG_ARITY', /takes id/],
    ['/notify', [string('on')], 'OSC_WRONG_TYPE', /on takes T, F/],
  ] as const)
    it(`${address} ${JSON.stringify(args)} is refused with ${code}`, () => {
      const meaning = heard(address, ...args);
      assert.ok(meaning.kind === 'refusal', JSON.stringify(meaning));
      assert.equal(meaning.refusal.code, code);
      assert.match(meaning.refusal.message, said);
    });

  it('makes actions of their arguments and wants them answered', () => {
    assert.deepEqual(heard('/node/model/say', string('hello'), number(2)), {
      kind: 'control',
      message: { kind: 'action', nodeId: 'model', name: 'say', args: ['hello', 2] },
    });
    assert.deepEqual(heard('/node/model/state/store', number(3.2)), {
      kind: 'control',
      message: { kind: 'action', nodeId: 'model', name: 'state/store', args: [3] },
    });
  });

  it('takes the 1 of a push button as a press and its 0 as nothing', () => {
    const pressed = heard('/node/model/reset');
    assert.ok(pressed.kind === 'control');
    for (const arg of [number(1), bool(true), impulse])
      assert.deepEqual(heard('/node/model/reset', arg), pressed);
    for (const arg of [number(0), bool(false)])
      for (const address of ['/node/model/reset', '/panic', '/quit'])
        assert.deepEqual(heard(address, arg), { kind: 'nothing' });
  });

  it('gives the master messages of its own', () => {
    const gain = heard('/master/gain', number(-6));
    assert.deepEqual(gain.kind === 'control' && gain.message, { kind: 'master-gain', gainDb: -6 });
    const mute = heard('/master/mute', number(1));
    assert.deepEqual(mute.kind === 'control' && mute.message, { kind: 'master-mute', muted: true });
    const panic = heard('/panic');
    assert.deepEqual(panic.kind === 'control' && panic.message, { kind: 'panic' });
  });

  it('gives requests to the engine and keeps what concerns the asker', () => {
    assert.deepEqual(heard('/preset/load', string('shore')), {
      kind: 'request',
      request: { command: '/preset/load', args: ['shore'] },
    });
    assert.deepEqual(heard('/quit'), { kind: 'request', request: { command: '/quit', args: [] } });
    assert.deepEqual(heard('/sync', number(7)), { kind: 'local', local: { command: '/sync', id: 7 } });
    assert.deepEqual(heard('/notify', bool(true)), {
      kind: 'local',
      local: { command: '/notify', on: true },
    });
    assert.deepEqual(heard('/status'), { kind: 'local', local: { command: '/status' } });
  });
});
