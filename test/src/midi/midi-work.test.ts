/** Bindings at ports that are not there: what moves, what it says, what goes back. */
import assert from 'node:assert/strict';
import type { ParamSetting } from '../../../graph/index.js';
import {
  type Binding,
  checkTarget,
  entriesOf,
  FEEDBACK_PER_FLUSH,
  parseControl,
  parseOptions,
} from '../../../src/binding/index.js';
import type { ControlMessage } from '../../../src/control/index.js';
import { MidiWork } from '../../../src/midi/midi-work.js';
import type { FromMidiWorker } from '../../../src/midi/worker-protocol.js';
import { AddressIndex } from '../../../src/osc/address-index.js';
import { TOY_TABLE } from '../control/toy-table.js';
import { FakeMidiSystem } from './fake-midi-system.js';

const DESK = 'Desk 20:0';
const index = new AddressIndex(TOY_TABLE);

describe('MIDI bindings', () => {
  let system: FakeMidiSystem;
  let work: MidiWork;
  let said: ControlMessage[];
  let posted: FromMidiWorker[];
  let nowMs: number;
  let values: Record<string, ParamSetting>;

  beforeEach(() => {
    system = new FakeMidiSystem();
    system.there = [DESK];
    system.outputs = [DESK];
    said = [];
    posted = [];
    nowMs = 1000;
    values = {
      '/node/model/temperature': 1,
      '/node/model/topK': 0,
      '/node/model/frozen': false,
      '/node/model/law': 'linear',
      '/node/level/gainDb': 0,
      '/master/gain': 0,
      '/master/mute': false,
    };
    work = new MidiWork(system, {
      toAudio: (message) => said.push(message),
      post: (message) => posted.push(message),
      nowMs: () => nowMs,
    });
  });

  type Spec = readonly [control: string, to: string, words?: string, min?: number, max?: number];
  const bind = (...specs: readonly Spec[]): void => {
    const bindings = specs.map(([control, to, words, min, max], k) => {
      const binding: Binding = {
        control: parseControl(`${control} desk`),
        to,
        ...parseOptions(min, max, words),
      };
      const entries = entriesOf(binding, index, ({ address }) => values[address]);
      checkTarget(binding, entries);
      return { id: k + 1, binding, entries };
    });
    work.order({ kind: 'bindings', bindings });
  };
  /** What was said since the last time. */
  const heard = (): unknown[] =>
    said.splice(0).map((message) => {
      if (message.kind === 'param') return [message.name, message.value];
      if (message.kind === 'action') return [message.name, ...message.args];
      return message;
    });
  const fed = (): number[][] => system.sent.get(DESK)?.splice(0) ?? [];
  const elsewhere = (address: string, value: ParamSetting): void =>
    work.order({ kind: 'applied', changes: [{ address, value }] });
  const later = (ms: number): void => {
    nowMs += ms;
    work.flush();
  };
  const cc = (number: number, value: number) => system.send(DESK, 0xb0, number, value);

  it('say at once what a control says, in the range that is asked for', () => {
    bind(
      ['cc:1', '/node/model/temperature', '', 0.5, 1.5],
      ['cc:2', '/node/model/topK'],
      ['cc:3', '/node/model/law'],
    );
    cc(1, 0);
    cc(1, 127);
    cc(2, 127);
    cc(3, 127);
    cc(4, 127);
    assert.deepEqual(heard(), [
      ['temperature', 0.5],
      ['temperature', 1.5],
      ['topK', 256],
      ['law', 'cubic'],
    ]);
    cc(3, 126);
    assert.deepEqual(heard(), [], 'the same option is no news');
  });

  it('hear their port and their channel only, and one control may say many things', () => {
    system.there.push('other');
    bind(['cc:1@2', '/node/model/temperature'], ['cc:1', '/node/level/gainDb'], ['cc:1', '/master/gain']);
    cc(1, 127);
    assert.deepEqual(heard(), [['gainDb', 12], { kind: 'master-gain', gainDb: 12 }]);
    system.send('other', 0xb1, 1, 0);
    assert.deepEqual(heard(), []);
    system.send(DESK, 0xb1, 1, 0);
    assert.equal(heard().length, 3);
  });

  it('reach all that a pattern means', () => {
    bind(['cc:1', '/node/*/{gainDb,temperature}']);
    cc(1, 0);
    assert.deepEqual(heard(), [
      ['gainDb', -60],
      ['temperature', 0.1],
    ]);
  });

  it('play actions and commands with what is written and the value', () => {
    bind(
      ['note:1', '/node/model/reset'],
      ['note:2', '/node/model/say "well then"'],
      ['cc:3', '/node/model/state/store $'],
      ['note:4', '/preset/load drift'],
      ['program:5', '/panic'],
      ['note:6', '/node/model/state/store $', 'gate', 3, 9],
    );
    system.send(DESK, 0x90, 1, 100, 0x80, 1, 0, 0x90, 2, 1, 0x90, 2, 0);
    cc(3, 64);
    system.send(DESK, 0x90, 4, 1, 0x80, 4, 1, 0xc0, 5, 0xc0, 5, 0xc0, 6);
    system.send(DESK, 0x90, 6, 1, 0x80, 6, 1);
    assert.deepEqual(heard(), [
      ['reset'],
      ['say', 'well then'],
      ['state/store', 64],
      { kind: 'panic' },
      { kind: 'panic' },
      ['state/store', 9],
      ['state/store', 3],
    ]);
    assert.deepEqual(
      posted.filter(({ kind }) => kind === 'request'),
      [{ kind: 'request', request: { command: '/preset/load', args: ['drift'] } }],
    );
  });

  it('refuse what could never be done', () => {
    for (const to of [
      '/status',
      '/sync 1',
      '/notify T',
      '/bind/cancel',
      '/node/model/say',
      '/node/model/say 3',
      '/preset/load $',
      '/node/model/law x',
      '/node/model/temperature $ $',
    ]) {
      assert.throws(() => bind(['cc:1', to]), { code: 'BIND_TARGET' }, to);
    }
  });

  it('toggle, trigger and gate', () => {
    bind(
      ['note:1', '/node/model/frozen'],
      ['cc:2', '/node/model/topK', 'toggle', 5, 50],
      ['note:3', '/node/level/gainDb', 'gate', -30, -6],
      ['note:4', '/node/model/temperature', 'trigger', 0, 0.7],
      ['note:5', '/node/level/gainDb', '', -10, 10],
    );
    const press = (note: number, velocity = 127) => {
      system.send(DESK, 0x90, note, velocity, 0x80, note, 0);
      later(20);
      nowMs += 500;
    };
    press(1);
    press(1);
    assert.deepEqual(heard(), [
      ['frozen', true],
      ['frozen', false],
    ]);
    cc(2, 127);
    cc(2, 0);
    cc(2, 127);
    assert.deepEqual(heard(), [
      ['topK', 50],
      ['topK', 5],
    ]);
    press(3);
    press(4);
    assert.deepEqual(heard(), [
      ['gainDb', -6],
      ['gainDb', -30],
      ['temperature', 0.7],
    ]);
    press(5, 127);
    assert.deepEqual(heard(), [['gainDb', 10]], 'by velocity, and kept');
    elsewhere('/node/model/frozen', true);
    press(1);
    assert.deepEqual(heard(), [['frozen', false]], 'from where it really is');
  });

  it('pick a param up where it is, and again when it was changed from elsewhere', () => {
    bind(['cc:1', '/node/model/temperature', 'pickup', 0.1, 1.37]);
    const at = (value: number): unknown[] => {
      cc(1, value);
      return heard();
    };
    assert.deepEqual(at(50), []);
    assert.deepEqual(at(88), []);
    assert.equal(at(89).length, 1, 'near enough');
    assert.equal(at(20).length, 1, 'it has it');
    elsewhere('/node/model/temperature', 0.8);
    assert.deepEqual(at(22), [], 'it lost it');
    cc(1, 90);
    cc(1, 91);
    const own = heard() as [string, number][];
    assert.equal(own.length, 2, 'it came by');
    for (const [, value] of own) elsewhere('/node/model/temperature', value);
    assert.equal(at(20).length, 1, 'what comes back of its own changes nothing');
  });

  it('tell a control where to stand, never what it has just said', () => {
    bind(['cc:1', '/node/model/temperature', '', 0.1, 1.37], ['cc14:2', '/master/gain', 'lin', -100, 0]);
    later(20);
    assert.deepEqual(fed(), [
      [0xb0, 1, 90],
      [0xb0, 2, 127],
      [0xb0, 34, 127],
    ]);
    cc(1, 40);
    const [, own] = heard()[0] as [string, number];
    later(20);
    elsewhere('/node/model/temperature', own);
    later(500);
    assert.deepEqual(fed(), [], 'no echo');
    elsewhere('/node/model/temperature', 0.6);
    later(20);
    assert.deepEqual(fed(), [[0xb0, 1, 50]]);
    cc(1, 50);
    assert.deepEqual(heard(), [], 'nor what the machine sends back');
    cc(1, 51);
    assert.equal(heard().length, 1);
    elsewhere('/node/model/temperature', 1.1);
    later(20);
    assert.deepEqual(fed(), [], 'not while a hand is on it');
    later(200);
    assert.deepEqual(fed(), [[0xb0, 1, 100]]);
  });

  it('tell the other controls of the same param, and lamps of what they switched themselves', () => {
    bind(
      ['cc:1', '/node/model/temperature', '', 0.1, 1.37],
      ['cc:2', '/node/model/temperature', '', 0.1, 1.37],
      ['note:3', '/node/model/frozen'],
      ['cc:4', '/node/model/temperature', 'silent'],
    );
    later(20);
    fed();
    cc(1, 50);
    system.send(DESK, 0x92, 3, 99, 0x82, 3, 0);
    later(20);
    assert.deepEqual(fed(), [
      [0xb0, 2, 50],
      [0x92, 3, 127],
    ]);
  });

  it('feed no more at a time than a cable carries, and leave nobody out', () => {
    bind(...Array.from({ length: 60 }, (_, k): Spec => [`cc:${k}`, '/node/model/temperature']));
    const counts: number[] = [];
    const numbers = new Set<number>();
    for (let n = 0; n < 4; n++) {
      work.flush();
      const messages = fed();
      counts.push(messages.length);
      for (const [, number] of messages) numbers.add(number!);
    }
    assert.deepEqual(counts, [FEEDBACK_PER_FLUSH, FEEDBACK_PER_FLUSH, FEEDBACK_PER_FLUSH, 0]);
    assert.equal(numbers.size, 60);
  });

  it('wait for ports, and begin again when they come back', () => {
    system.there = [];
    system.outputs = [];
    bind(['cc:1', '/node/model/temperature', '', 0.1, 1.37]);
    work.poll();
    const codes = () =>
      posted.flatMap((one) => (one.kind === 'news' ? [`${one.news.nodeId} ${one.news.code ?? 'ok'}`] : []));
    assert.deepEqual(codes(), ['bindings MIDI_PORT_ABSENT']);
    system.there = [DESK];
    system.outputs = [DESK];
    work.poll();
    cc(1, 10);
    assert.equal(heard().length, 1);
    later(500);
    assert.deepEqual(fed(), [], 'it stands there');
    system.there = [];
    system.outputs = [];
    work.poll();
    assert.equal(system.opened.size + system.sent.size, 0);
    system.there = [DESK];
    system.outputs = [DESK];
    work.poll();
    later(500);
    assert.deepEqual(fed(), [[0xb0, 1, 10]], 'a motor starts anywhere');
    assert.deepEqual(codes().slice(1), [
      'bindings ok',
      'bindings ok',
      'bindings MIDI_PORT_LOST',
      'bindings ok',
      'bindings ok',
    ]);
    system.deaf.add(DESK);
    elsewhere('/node/model/temperature', 1);
    later(500);
    assert.equal(codes().at(-1), 'bindings MIDI_OUTPUT_FAILED');
  });

  it('learn the next control that moves, at any port', () => {
    system.there.push('keys 24:0');
    bind(['cc:1', '/node/model/temperature']);
    assert.deepEqual([...system.opened.keys()], [DESK]);
    work.order({ kind: 'learn', isOn: true });
    return Promise.resolve().then(async () => {
      assert.equal(system.opened.size, 2);
      system.send('keys 24:0', 0xb3, 7, 1, 0xb3, 7, 2);
      await Promise.resolve();
      assert.deepEqual(posted.at(-1), {
        kind: 'binding',
        news: { kind: 'learned', control: { kind: 'cc', number: 7, channel: 4, port: 'keys' } },
      });
      assert.deepEqual([...system.opened.keys()], [DESK], 'nobody hears it any more');
      assert.deepEqual(heard(), []);
    });
  });

  it('go on in another patch with what they stood at', () => {
    bind(['cc:1', '/node/model/temperature', 'pickup', 0.1, 1.37]);
    cc(1, 90);
    heard();
    cc(1, 89);
    assert.equal(heard().length, 1);
    values['/node/model/temperature'] = 0.99;
    bind(['cc:1', '/node/model/temperature', 'pickup', 0.1, 1.37]);
    cc(1, 50);
    assert.equal(heard().length, 1);
    bind();
    cc(1, 60);
    assert.deepEqual(heard(), []);
    assert.equal(system.opened.size, 0);
  });
});
