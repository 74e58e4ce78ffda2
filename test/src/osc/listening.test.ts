/** `/get`, `/subscribe`, `/unsubscribe` and `/log`. */
import assert from 'node:assert/strict';
import { buildAddressTable, type StampedMessage } from '../../../src/control/index.js';
import { Dispatcher } from '../../../src/osc/dispatcher.js';
import { LISTENING_LIMITS } from '../../../src/osc/listening.js';
import { RATES } from '../../../src/osc/rate-limit.js';
import { ASKED_COUNTS_MS } from '../../../src/osc/value-board.js';
import { PUSH_TICK_MS } from '../../../src/osc/value-pushes.js';
import type { OscMessage, OscPacket } from '../../../src/osc/wire.js';
import { encodePacket } from '../../../src/osc/wire-encode.js';
import type { Peer, Subscriber } from '../../../src/osc/worker-protocol.js';
import { TOY_TABLE } from '../control/toy-table.js';
import { f, i, message, s } from './packets.js';

const ALICE: Peer = { address: '127.0.0.1', port: 5001 };
const BOB: Peer = { address: '127.0.0.1', port: 5002, via: 'tcp' };

class Room {
  nowMs = 1000;
  readonly audio: StampedMessage[] = [];
  subscribers: readonly Subscriber[] = [];
  hasRoom = true;
  private sent: { readonly message: OscMessage; readonly to: Peer }[] = [];
  private later: { readonly atMs: number; readonly action: () => void }[] = [];
  readonly dispatcher: Dispatcher;

  constructor(subscribers: readonly Subscriber[] = []) {
    this.dispatcher = new Dispatcher(
      {
        toAudio: (m) => this.audio.push(m) > 0,
        toEngine: () => undefined,
        toGraph: () => undefined,
        send: (m, to) => void this.sent.push({ message: m, to }),
        accepts: () => this.hasRoom,
        later: (delayMs, action) => void this.later.push({ atMs: this.nowMs + delayMs, action }),
        subscribersChanged: (list) => {
          this.subscribers = list;
        },
        nowMs: () => this.nowMs,
        clock: { stamp: () => ({ ok: true, frame: 0, delayMs: 0 }) },
      },
      '1.2.3',
      TOY_TABLE,
      subscribers,
    );
  }

  receive(packet: OscPacket, from: Peer = ALICE): this {
    this.dispatcher.receive(encodePacket(packet), from);
    return this;
  }

  pass(ms: number): this {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs; ) {
      this.nowMs++;
      const due = this.later.filter(({ atMs }) => atMs <= this.nowMs);
      this.later = this.later.filter(({ atMs }) => atMs > this.nowMs);
      for (const { action } of due) action();
    }
    return this;
  }

  /** What was sent to somebody, as text, and forgets it. */
  told(to: Peer = ALICE): readonly string[] {
    const told = this.sent
      .filter((each) => each.to.port === to.port)
      .map(({ message: { address, args } }) =>
        [address, ...args.map((arg) => ('value' in arg ? `${arg.type}:${arg.value}` : arg.type))].join(' '),
      );
    this.sent = [];
    return told;
  }
}

const TEMPERATURE = '/node/model/temperature';
const FROZEN = '/node/model/frozen';

function playing(): Room {
  const room = new Room();
  room.dispatcher.setValues(
    [
      [TEMPERATURE, 1],
      ['/node/model/topK', 40],
      ['/node/model/law', 'cubic'],
      [FROZEN, false],
      ['/master/gain', -6],
    ],
    true,
  );
  return room;
}

describe('/get', () => {
  it('tells what a param holds, with the tag of its type', () => {
    const room = playing();
    for (const address of [TEMPERATURE, '/node/model/topK', '/node/model/law', FROZEN, '/master/gain'])
      room.receive(message('/get', s(address)));
    assert.deepEqual(room.told(), [
      `/get.reply s:${TEMPERATURE} f:1`,
      '/get.reply s:/node/model/topK i:40',
      '/get.reply s:/node/model/law s:cubic',
      `/get.reply s:${FROZEN} F`,
      '/get.reply s:/master/gain f:-6',
    ]);
  });

  it('tells all that a pattern matches', () => {
    const told = playing()
      .receive(message('/get', s('/node/model/t*')))
      .told();
    assert.deepEqual(told, [`/get.reply s:${TEMPERATURE} f:1`, '/get.reply s:/node/model/topK i:40']);
  });

  it('tells what was asked for last, before the engine has told it, and the truth when it never does', () => {
    const room = playing().receive(message(TEMPERATURE, f(0.5)));
    assert.deepEqual(room.receive(message('/get', s(TEMPERATURE))).told(), [
      `/get.reply s:${TEMPERATURE} f:0.5`,
    ]);
    room.pass(ASKED_COUNTS_MS + 1);
    assert.deepEqual(room.receive(message('/get', s(TEMPERATURE))).told(), [
      `/get.reply s:${TEMPERATURE} f:1`,
    ]);
  });

  it('refuses what is not there, has no value, or is not known yet', () => {
    const room = playing();
    for (const what of ['/nothing', '/status', '/node/model/reset', '/node/x*', '/node/[', 'model'])
      room.receive(message('/get', s(what)));
    new Room().receive(message('/get', s(TEMPERATURE)));
    assert.deepEqual(
      room.told().map((line) => line.split(' ').slice(0, 3).join(' ')),
      [
        '/fail s:/get s:OSC_UNKNOWN_ADDRESS',
        '/fail s:/get s:OSC_NO_VALUE',
        '/fail s:/get s:OSC_NO_VALUE',
        '/fail s:/get s:OSC_NO_MATCH',
        '/fail s:/get s:OSC_BAD_PATTERN',
        '/fail s:/get s:OSC_UNKNOWN_ADDRESS',
      ],
    );
    assert.match(new Room().receive(message('/get', s(TEMPERATURE))).told()[0]!, /OSC_NOT_READY/);
  });
});

describe('/subscribe', () => {
  it('tells a value at once and when it changes, until it is ended', () => {
    const room = playing().receive(message('/subscribe', s(TEMPERATURE)));
    assert.deepEqual(room.told(), ['/done s:/subscribe i:1', `/value s:${TEMPERATURE} f:1`]);
    room.pass(100).dispatcher.setValues([[TEMPERATURE, 0.5]], false);
    assert.deepEqual(room.told(), [`/value s:${TEMPERATURE} f:0.5`]);
    room.pass(100).dispatcher.setValues([[TEMPERATURE, 0.5]], false);
    assert.deepEqual(room.told(), []);
    room.receive(message('/unsubscribe', s(TEMPERATURE)));
    assert.deepEqual(room.told(), ['/done s:/unsubscribe i:1']);
    room.pass(100).dispatcher.setValues([[TEMPERATURE, 0.7]], false);
    assert.deepEqual(room.told(), []);
    assert.deepEqual(room.subscribers, []);
  });

  it('leaves out what comes too soon, but never the last value', () => {
    const room = playing().receive(message('/subscribe', s('/node/model/*'), i(200)));
    assert.equal(room.told()[0], '/done s:/subscribe i:4');
    let told: readonly string[] = [];
    for (let n = 1; n <= 100; n++) {
      room.pass(10).dispatcher.setValues([[TEMPERATURE, n / 64]], false);
      told = [...told, ...room.told()];
    }
    told = [...told, ...room.pass(300).told()];
    assert.ok(told.length >= 4 && told.length <= 7, `${told.length} in 1.3 s`);
    assert.equal(told.at(-1), `/value s:${TEMPERATURE} f:${100 / 64}`);
  });

  it('is bounded for each subscriber, and the rest comes later', () => {
    const params = Object.fromEntries(
      Array.from({ length: 3000 }, (_, n) => [
        `p${n}`,
        { type: 'float', label: 'P', unit: 'none', min: 0, max: 1, default: 0, warp: 'lin', smoothingMs: 0 },
      ]),
    ) as Parameters<typeof buildAddressTable>[0] extends Iterable<infer N>
      ? N extends { descriptor: { params: infer P } }
        ? P
        : never
      : never;
    const room = new Room();
    room.dispatcher.setTable(buildAddressTable([{ id: 'big', descriptor: { params } }]));
    room.dispatcher.setValues(
      Object.keys(params).map((name) => [`/node/big/${name}`, 0] as const),
      true,
    );
    for (let n = 0; n < 3000; n += 1000) room.receive(message('/subscribe', s(`/node/big/p*${n / 1000}*`)));
    const atOnce = room.told().filter((line) => line.startsWith('/value')).length;
    assert.ok(atOnce <= RATES.values.burst, `${atOnce}`);
    const later = room.pass(PUSH_TICK_MS * 100).told().length;
    assert.ok(atOnce + later > 2000, `${atOnce} and ${later}`);
  });

  it('waits for one who does not read', () => {
    const room = playing().receive(message('/subscribe', s(TEMPERATURE)), BOB);
    room.told();
    room.hasRoom = false;
    room.pass(100).dispatcher.setValues([[TEMPERATURE, 0.5]], false);
    room.pass(100).dispatcher.setValues([[TEMPERATURE, 0.6]], false);
    assert.deepEqual(room.told(BOB), []);
    room.hasRoom = true;
    assert.deepEqual(room.pass(PUSH_TICK_MS + 1).told(BOB), [`/value s:${TEMPERATURE} f:0.6`]);
  });

  it('outlives the engine, but for a connection, which is gone when it is closed', () => {
    const room = playing()
      .receive(message('/subscribe', s('/node/*/temp*'), i(50)))
      .receive(message('/log', s('warn')))
      .receive(message('/subscribe', s(TEMPERATURE)), BOB);
    assert.deepEqual(room.subscribers, [
      { ...ALICE, events: false, log: 'warn', watches: [{ what: '/node/*/temp*', minIntervalMs: 50 }] },
    ]);
    const again = new Room(room.subscribers);
    again.dispatcher.setValues([[TEMPERATURE, 0.9]], true);
    assert.deepEqual(again.told(), [`/value s:${TEMPERATURE} f:0.9`]);
    room.told();
    room.dispatcher.gone(BOB);
    room.pass(100).dispatcher.setValues([[TEMPERATURE, 0.2]], false);
    assert.deepEqual(room.told(BOB), []);
  });

  it('finds what its patterns match anew when another patch plays', () => {
    const room = playing().receive(message('/subscribe', s('//temperature')));
    room.told();
    const descriptor = { params: { temperature: { type: 'bool', label: 'T', default: false } } } as const;
    room.dispatcher.setTable(buildAddressTable([{ id: 'other', descriptor }]));
    room.dispatcher.setValues([['/node/other/temperature', true]], true);
    assert.deepEqual(room.pass(50).told(), ['/value s:/node/other/temperature T']);
  });

  it('refuses what is not there and what is too much, and tells what it clamps', () => {
    const room = playing()
      .receive(message('/subscribe', s('/nothing')))
      .receive(message('/subscribe', s('/status')));
    room.receive(message('/subscribe', s(TEMPERATURE), i(1)));
    for (let n = 0; n < LISTENING_LIMITS.watches; n++) room.receive(message('/subscribe', s(`/none*${n}`)));
    const codes = room.told().map((line) => / s:(OSC_\w+)/.exec(line)?.[1]);
    assert.deepEqual(codes.filter(Boolean), [
      'OSC_UNKNOWN_ADDRESS',
      'OSC_NO_VALUE',
      'OSC_CLAMPED',
      'OSC_TOO_MANY_SUBSCRIPTIONS',
    ]);
    assert.deepEqual(room.receive(message('/unsubscribe')).told(), [
      `/done s:/unsubscribe i:${LISTENING_LIMITS.watches}`,
    ]);
  });
});

describe('/log', () => {
  const line = { kind: 'log', level: 'warn', code: 'X', message: 'says so' } as const;

  it('tells lines of the level that was asked for and graver ones, to nobody else', () => {
    const room = playing()
      .receive(message('/log', s('warn')))
      .receive(message('/notify', i(1)), BOB);
    room.told();
    room.dispatcher.broadcast(line);
    room.dispatcher.broadcast({ ...line, level: 'info' });
    room.dispatcher.broadcast({ ...line, level: 'error', code: '' });
    assert.deepEqual(room.told(BOB), []);
    room.dispatcher.broadcast(line);
    assert.deepEqual(room.told(), ['/event/log s:warn s:X s:says so']);
    room.receive(message('/log', s('off'))).told();
    room.dispatcher.broadcast(line);
    assert.deepEqual(room.told(), []);
  });

  it('tells refusals to whoever debugs', () => {
    const room = playing().receive(message('/log', s('debug')), BOB);
    room.told();
    room.receive(message('/nothing', f(1)));
    assert.match(room.told(BOB)[0]!, /^\/event\/log s:debug s:OSC_UNKNOWN_ADDRESS s:\/nothing Nothing has/);
  });

  it('is bounded, and tells how much was left out', () => {
    const room = playing().receive(message('/log', s('info')));
    room.told();
    for (let n = 0; n < RATES.log.burst + 30; n++) room.dispatcher.broadcast(line);
    assert.equal(room.told().length, RATES.log.burst);
    room.pass(1000).dispatcher.tick();
    assert.deepEqual(room.told(), ['/event/log s:warn s: s:30 lines were left out.']);
  });

  it('refuses a level that is none', () => {
    assert.match(
      playing()
        .receive(message('/log', s('loud')))
        .told()[0]!,
      /OSC_BAD_OPTION.*error, warn, info, debug, off/,
    );
  });
});
