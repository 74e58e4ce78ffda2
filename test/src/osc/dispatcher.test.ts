import assert from 'node:assert/strict';
import { buildAddressTable } from '../../../src/control/index.js';
import { MAX_APPLIED_PER_PACKET } from '../../../src/osc/dispatcher.js';
import { MAX_ANSWERS_PER_PACKET } from '../../../src/osc/outbox.js';
import { ANSWER_WITHIN_MS, MAX_PENDING_PER_SENDER } from '../../../src/osc/pending-requests.js';
import { RATES } from '../../../src/osc/rate-limit.js';
import { MAX_SCHEDULED } from '../../../src/osc/schedule.js';
import { MAX_SUBSCRIBERS } from '../../../src/osc/subscribers.js';
import { TOY_NODES } from '../control/toy-table.js';
import { ALICE, Bench, BOB, NOW, stampOf } from './dispatcher-bed.js';
import { bundle, f, i, message, s } from './packets.js';

describe('dispatcher', () => {
  it('posts params at the next tick and says nothing', () => {
    const bench = new Bench().receive(message('/node/model/temperature', f(0.5)));
    assert.deepEqual(bench.audio, [
      { frame: 0, message: { kind: 'param', nodeId: 'model', name: 'temperature', value: 0.5 } },
    ]);
    assert.deepEqual(bench.answers(), []);
  });

  it('tells what the audio thread is too far behind to take', () => {
    const bench = new Bench();
    bench.isAudioBehind = true;
    bench.receive(message('/node/model/temperature', f(0.5))).receive(message('/node/model/reset'));
    const [param, action] = bench.answers();
    assert.match(param!, /^\/fail \/node\/model\/temperature OSC_BUSY /);
    assert.match(action!, /^\/fail \/node\/model\/reset OSC_BUSY /);
    assert.equal(bench.status().oscRefused, 2);
    bench.isAudioBehind = false;
    bench.receive(message('/node/model/temperature', f(0.5)));
    assert.equal(bench.audio.length, 1);
  });

  it('clamps and warns, naming the range', () => {
    const bench = new Bench().receive(message('/node/model/topK', i(999)));
    assert.equal(bench.audio.length, 1);
    assert.deepEqual(bench.answers(), [
      '/warn /node/model/topK OSC_CLAMPED topK 999 is above the allowed range 0 to 256; set to 256.',
    ]);
  });

  it('refuses unknown addresses, naming the nearest', () => {
    const bench = new Bench().receive(message('/node/model/temprature', f(1)));
    assert.deepEqual(bench.answers(), [
      '/fail /node/model/temprature OSC_UNKNOWN_ADDRESS Nothing has this address. Did you mean /node/model/temperature?',
    ]);
    assert.deepEqual(bench.audio, []);
  });

  it('answers to the one who asked', () => {
    const bench = new Bench().receive(message('/version'), ALICE).receive(message('/version'), BOB);
    assert.deepEqual(
      bench.sent.map(({ to }) => to),
      [ALICE, BOB],
    );
    assert.deepEqual(bench.answers(), [
      '/version.reply sashimi-live 1.2.3 1',
      '/version.reply sashimi-live 1.2.3 1',
    ]);
  });

  it('refuses garbage with a code, and an empty address', () => {
    const bench = new Bench();
    bench.dispatcher.receive(Buffer.from('garbage!'), ALICE);
    assert.match(bench.answers()[0]!, /^\/fail {2}OSC_BAD_PACKET /);
  });

  it('never answers an answer, so two engines cannot talk in circles', () => {
    const bench = new Bench();
    for (const address of [
      '/done',
      '/fail',
      '/warn',
      '/synced',
      '/status.reply',
      '/version.reply',
      '/event/xrun',
    ])
      bench.receive(message(address, s('/x')));
    assert.deepEqual(bench.answers(), []);
    assert.deepEqual(bench.audio, []);
  });

  describe('patterns', () => {
    it('apply to every param and action they match, each checked for itself', () => {
      const bench = new Bench().receive(message('/node/{model,level}/{temperature,gainDb,law}', f(1.5)));
      assert.deepEqual(
        bench.audio.map(({ message: m }) => m.kind === 'param' && [m.nodeId, m.name, m.value]),
        [
          ['level', 'gainDb', 1.5],
          ['model', 'temperature', 1.5],
        ],
      );
      assert.deepEqual(bench.answers(), [
        '/fail /node/model/law OSC_BAD_OPTION law takes one of 0 linear, 1 square, 2 cubic; not 1.5.',
      ]);
    });

    it('never reach commands', () => {
      for (const pattern of ['/*', '//', '/qui?', '/{quit,panic}', '/preset/*']) {
        const bench = new Bench().receive(message(pattern));
        assert.deepEqual(bench.requests, []);
        assert.ok(!bench.audio.some(({ message: m }) => m.kind === 'panic'));
      }
    });

    it('are refused when they match nothing or are malformed', () => {
      const bench = new Bench().receive(message('/node/x*', f(1))).receive(message('/node/[', f(1)));
      const [none, malformed] = bench.answers();
      assert.match(none!, /^\/fail \/node\/x\* OSC_NO_MATCH /);
      assert.match(malformed!, /^\/fail \/node\/\[ OSC_BAD_PATTERN .*\[ is not closed/);
    });

    it('follow the table', () => {
      const bench = new Bench().receive(message('/node/*/gainDb', f(0)));
      bench.dispatcher.setTable(buildAddressTable([{ ...TOY_NODES[1]!, id: 'other' }]));
      bench.receive(message('/node/*/gainDb', f(0)));
      assert.deepEqual(
        bench.audio.map(({ message: m }) => m.kind === 'param' && m.nodeId),
        ['level', 'other'],
      );
    });

    it('cost bounded work and give bounded answers, however many a packet holds', () => {
      const bench = new Bench();
      const nodes = Array.from({ length: 500 }, (_, n) => ({ ...TOY_NODES[1]!, id: `n${n}` }));
      bench.dispatcher.setTable(buildAddressTable(nodes));
      bench.receive(bundle(NOW, ...Array.from({ length: 1000 }, () => message('/node/*/gainDb', f(99)))));
      assert.equal(bench.audio.length, MAX_APPLIED_PER_PACKET);
      assert.equal(bench.sent.length, MAX_ANSWERS_PER_PACKET);
      bench.answers();
      bench.dispatcher.tick();
      assert.match(bench.answers().join('\n'), /OSC_REPLIES_SKIPPED \d+ answers/);

      const costly = new Bench();
      costly.dispatcher.setTable(buildAddressTable(nodes));
      const patterns = Array.from({ length: 200 }, (_, n) =>
        message(`/node/${'{,n}'.repeat(50)}x${n}/gainDb`, f(0)),
      );
      costly.receive(bundle(NOW, ...patterns));
      assert.match(costly.answers().join('\n'), /OSC_PATTERN_TOO_COSTLY .*used up its matching/);
    });
  });

  describe('bundles', () => {
    it('stamp all their messages with the frame of their time tag', () => {
      const bench = new Bench().receive(
        bundle(
          { seconds: 500, fraction: 0 },
          message('/node/model/temperature', f(1)),
          bundle(NOW, message('/node/model/topK', i(2))),
          bundle({ seconds: 400, fraction: 0 }, message('/master/gain', f(-6))),
          message('/master/mute', i(1)),
        ),
      );
      assert.deepEqual(
        bench.audio.map(({ frame, message: m }) => [frame, m.kind]),
        [
          [24_000, 'param'],
          [24_000, 'param'],
          [19_200, 'master-gain'],
          [24_000, 'master-mute'],
        ],
      );
    });

    it('that come late are applied at once, counted, and told: one at once, the rest as a number', () => {
      const bench = new Bench();
      for (let n = 0; n < 5; n++)
        bench.receive(bundle({ seconds: 666, fraction: 0 }, message('/node/model/temperature', f(1))));
      assert.deepEqual(
        bench.audio.map(({ frame }) => frame),
        [0, 0, 0, 0, 0],
      );
      assert.deepEqual(bench.answers(), ['/warn #bundle OSC_LATE late']);
      bench.dispatcher.tick();
      assert.deepEqual(bench.answers(), ['/warn  OSC_LATE 4 more bundles came late; applied at once.']);
      assert.equal(bench.status().oscLate, 5);
    });

    it('too far ahead are refused whole', () => {
      const bench = new Bench().receive(
        bundle({ seconds: 999, fraction: 0 }, message('/node/model/topK', i(1))),
      );
      assert.deepEqual(bench.audio, []);
      assert.deepEqual(bench.answers(), ['/fail #bundle OSC_TOO_FAR_AHEAD far']);
    });

    it('keep commands until their time', () => {
      const bench = new Bench().receive(
        bundle({ seconds: 250, fraction: 0 }, message('/preset/load', s('drift')), message('/version')),
      );
      assert.deepEqual([bench.requests, bench.answers()], [[], []]);
      assert.deepEqual(
        bench.scheduled.map(({ delayMs }) => delayMs),
        [250, 250],
      );
      for (const { action } of bench.scheduled) action();
      assert.equal(bench.requests[0]?.command, '/preset/load');
      assert.deepEqual(bench.answers(), ['/version.reply sashimi-live 1.2.3 1']);
    });

    it('cannot schedule without end', () => {
      const bench = new Bench();
      const many = Array.from({ length: 1024 }, () => message('/node/model/topK', i(1)));
      for (let n = 0; n < MAX_SCHEDULED; n += 1024) {
        bench.receive(bundle({ seconds: 900, fraction: 0 }, ...many));
        bench.nowMs += 1000;
      }
      bench.receive(bundle({ seconds: 900, fraction: 0 }, message('/version')));
      bench.receive(bundle({ seconds: 900, fraction: 0 }, message('/node/model/topK', i(1))));
      assert.equal(bench.scheduled.length, MAX_SCHEDULED);
      const [version, topK] = bench.answers();
      assert.match(version!, /^\/fail \/version OSC_BUSY /);
      assert.match(topK!, /^\/fail \/node\/model\/topK OSC_BUSY /);
    });

    it('far ahead go to the audio thread half a second before, stamped anew', () => {
      let framesPerTag = 48;
      const bench = new Bench((tag) => {
        const stamp = stampOf(tag);
        return stamp.ok ? { ...stamp, frame: tag.seconds * framesPerTag } : stamp;
      });
      bench.receive(bundle({ seconds: 60_000, fraction: 0 }, message('/node/model/topK', i(1))));
      assert.deepEqual(bench.audio, []);
      assert.deepEqual(
        bench.scheduled.map(({ delayMs }) => delayMs),
        [59_500],
      );
      framesPerTag = 48.01;
      bench.scheduled[0]!.action();
      assert.deepEqual(
        bench.audio.map(({ frame }) => frame),
        [60_000 * 48.01],
      );
    });
  });

  describe('requests', () => {
    it('are answered with what the engine orders, once', () => {
      const bench = new Bench()
        .receive(message('/preset/load', s('shore')), ALICE)
        .receive(message('/node/model/say', s('a')), BOB);
      const load = bench.requests[0]?.replyTo;
      const said = bench.audio[0]?.message;
      assert.ok(load && said?.kind === 'action' && said.replyTo);
      bench.dispatcher.answer({ token: said.replyTo.token, ok: true, results: [2.5] });
      bench.dispatcher.answer({
        token: load.token,
        ok: false,
        code: 'PATCH_MISSING',
        message: 'No such preset.',
      });
      bench.dispatcher.answer({ token: load.token, ok: true });
      assert.deepEqual(
        bench.sent.map(({ to }) => to.port),
        [BOB.port, ALICE.port],
      );
      assert.deepEqual(bench.answers(), [
        '/done /node/model/say 2.5',
        '/fail /preset/load PATCH_MISSING No such preset.',
      ]);
    });

    it('that are never answered are told as such', () => {
      const bench = new Bench().receive(message('/quit'));
      bench.nowMs += ANSWER_WITHIN_MS + 1;
      bench.dispatcher.tick();
      assert.match(bench.answers().join(), /^\/fail \/quit OSC_NO_ANSWER /);
    });

    it('cannot pile up without end', () => {
      const bench = new Bench();
      for (let n = 0; n <= MAX_PENDING_PER_SENDER; n++) bench.receive(message('/node/model/reset'));
      assert.equal(bench.audio.length, MAX_PENDING_PER_SENDER);
      assert.match(bench.answers().join(), /^\/fail \/node\/model\/reset OSC_BUSY /);
    });

    it('hold /sync back until they are answered; later and timed ones do not', () => {
      const bench = new Bench().receive(message('/sync', i(1)));
      assert.deepEqual(bench.answers(), ['/synced 1']);
      bench
        .receive(bundle({ seconds: 900, fraction: 0 }, message('/node/model/reset')))
        .receive(message('/preset/load', s('a')))
        .receive(message('/sync', i(2)))
        .receive(message('/preset/load', s('b')))
        .receive(message('/sync', i(3)));
      assert.deepEqual(bench.answers(), []);
      bench.dispatcher.answer({ token: bench.requests[0]!.replyTo!.token, ok: true });
      assert.deepEqual(bench.answers(), ['/done /preset/load', '/synced 2']);
      bench.dispatcher.answer({
        token: bench.requests[1]!.replyTo!.token,
        ok: false,
        code: 'X',
        message: 'y',
      });
      assert.deepEqual(bench.answers(), ['/fail /preset/load X y', '/synced 3']);
    });
  });

  describe('subscribers', () => {
    it('are told events until they leave', () => {
      const bench = new Bench()
        .receive(message('/notify', i(1)), ALICE)
        .receive(message('/notify', i(1)), BOB);
      assert.deepEqual(bench.subscribers, [ALICE, BOB]);
      bench.answers();
      bench.dispatcher.broadcast({ kind: 'engine-restarted', restarts: 2, reason: 'it was killed' });
      assert.deepEqual(
        bench.sent.map(({ to }) => to),
        [ALICE, BOB],
      );
      assert.equal(bench.answers()[0], '/event/engine-restarted 2 it was killed');
      bench.receive(message('/notify', i(0)), ALICE);
      assert.deepEqual(bench.subscribers, [BOB]);
      bench.answers();
      bench.dispatcher.broadcast({ kind: 'preset-loaded', name: 'shore' });
      assert.deepEqual(bench.answers(), ['/event/preset-loaded shore']);
    });

    it('are refused when the list is full', () => {
      const bench = new Bench();
      for (let n = 0; n <= MAX_SUBSCRIBERS; n++)
        bench.receive(message('/notify', i(1)), { ...ALICE, port: 6000 + n });
      assert.equal(bench.subscribers.length, MAX_SUBSCRIBERS);
      assert.match(bench.answers().at(-1)!, /^\/fail \/notify OSC_TOO_MANY_SUBSCRIBERS /);
    });

    it('are not flooded by events of one kind', () => {
      const bench = new Bench().receive(message('/notify', i(1)));
      bench.answers();
      for (let n = 0; n < 500; n++) bench.dispatcher.broadcast({ kind: 'xrun', xruns: n, modelXruns: 0 });
      bench.dispatcher.broadcast({ kind: 'preset-loaded', name: 'shore' });
      const told = bench.answers();
      assert.equal(told.length, RATES.events.burst + 1);
      assert.equal(told.at(-1), '/event/preset-loaded shore');
    });
  });

  describe('a flood', () => {
    it('is cut off, told, and shuts nobody else out', () => {
      const bench = new Bench();
      for (let n = 0; n < RATES.messages.burst + 500; n++)
        bench.receive(message('/node/model/temperature', f(1)));
      assert.equal(bench.audio.length, RATES.messages.burst);
      bench.receive(message('/node/model/temperature', f(1)), BOB);
      assert.equal(bench.audio.length, RATES.messages.burst + 1);
      bench.dispatcher.tick();
      assert.match(bench.answers().join(), /^\/warn {2}OSC_RATE_LIMIT 500 packets dropped/);
      bench.nowMs += 1000;
      bench.receive(message('/node/model/temperature', f(1)));
      assert.equal(bench.audio.length, RATES.messages.burst + 2);
      assert.equal(bench.status().oscDropped, 500);
    });

    it('lets its own /panic, mute and master gain through', () => {
      const bench = new Bench();
      for (let n = 0; n < RATES.messages.burst + 1; n++) bench.receive(message('/node/model/topK', i(1)));
      const before = bench.audio.length;
      bench
        .receive(message('/panic'))
        .receive(message('/master/mute', i(1)))
        .receive(message('/master/gain', f(-120)));
      assert.deepEqual(
        bench.audio.slice(before).map(({ message: m }) => m.kind),
        ['panic', 'master-mute', 'master-gain'],
      );
    });

    it('of questions is not answered without end', () => {
      const bench = new Bench();
      for (let n = 0; n < RATES.messages.burst; n++) bench.receive(message('/version'));
      assert.equal(bench.sent.length, RATES.answers.burst);
    });
  });
});
