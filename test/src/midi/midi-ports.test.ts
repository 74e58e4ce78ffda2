import assert from 'node:assert/strict';
import type { MidiRequest } from '../../../nodes/index.js';
import { MidiPorts, PORT_RATE } from '../../../src/midi/midi-ports.js';
import type { MidiNews } from '../../../src/midi/worker-protocol.js';
import { FakeMidiSystem } from './fake-midi-system.js';

describe('MIDI ports', () => {
  let system: FakeMidiSystem;
  let ports: MidiPorts;
  let acted: string[];
  let news: MidiNews[];
  let nowMs: number;
  let lastId: number;

  beforeEach(() => {
    system = new FakeMidiSystem();
    acted = [];
    news = [];
    nowMs = 0;
    lastId = 0;
    ports = new MidiPorts(system, {
      toAudio: (message) => {
        assert.ok(message.kind === 'action' && message.replyTo === undefined);
        acted.push(`${message.nodeId} ${[message.name, ...message.args].join(' ')}`);
      },
      tell: (one) => news.push(one),
      nowMs: () => nowMs,
    });
  });

  const listen = (nodeId: string, request: Partial<MidiRequest> = {}): number => {
    const id = ++lastId;
    ports.order({
      kind: 'listen',
      id,
      request: { nodeId, port: '', channel: 0, hasClock: false, ...request },
    });
    return id;
  };
  const codes = () => news.map(({ nodeId, code }) => `${nodeId} ${code ?? 'ok'}`);

  it('hands what comes to the nodes that ask for it, by part of a name and by channel', () => {
    system.there = ['Keystation 49:Keystation MIDI 1 20:0', 'Midi Through 14:0'];
    listen('a', { port: 'keystation' });
    listen('b', { channel: 2 });
    listen('c', { port: 'through' });
    system.send(system.there[0]!, 0x90, 60, 100, 0x91, 61, 1);
    system.send(system.there[1]!, 0x90, 62, 3, 0xf8);
    assert.deepEqual(acted, ['a note 60 100', 'a note 61 1', 'b note 61 1', 'c note 62 3']);
    assert.equal(system.opened.size, 2);
    assert.ok(news.every(({ code }) => code === undefined));
    assert.equal(news[0]!.message, 'Plays from the MIDI port "Keystation 49:Keystation MIDI 1 20:0".');
  });

  it('hands the clock to those who asked for it', () => {
    system.there = ['drum machine'];
    listen('a');
    listen('b', { hasClock: true, channel: 3 });
    system.send('drum machine', 0xfa, 0xf8, 0xfc);
    assert.deepEqual(acted, ['b clock/start', 'b clock', 'b clock/stop']);
  });

  it('waits for a port that is not there, tells it once, and finds it', () => {
    system.there = ['other'];
    listen('a', { port: 'keys' });
    for (let n = 0; n < 5; n++) ports.poll();
    assert.deepEqual(codes(), ['a MIDI_PORT_ABSENT']);
    assert.equal(news[0]!.message, 'a waits for a MIDI port "keys": there are other.');
    assert.equal(system.opened.size, 0, 'nothing else is opened');
    system.there.push('my KEYS');
    ports.poll();
    system.send('my KEYS', 0x90, 60, 1);
    assert.deepEqual(acted, ['a note 60 1']);
    assert.deepEqual(codes(), ['a MIDI_PORT_ABSENT', 'a ok']);
  });

  it('lets keys go when a port is pulled out, tells it, and plays on when it comes back', () => {
    system.there = ['keys'];
    listen('a', { hasClock: true });
    system.send('keys', 0x90, 60);
    system.there = [];
    ports.poll();
    ports.poll();
    assert.deepEqual(acted, ['a notes/off', 'a controllers/reset', 'a clock/stop']);
    assert.deepEqual(codes(), ['a ok', 'a MIDI_PORT_LOST']);
    system.there = ['keys'];
    ports.poll();
    system.send('keys', 100, 0x90, 61, 2);
    assert.deepEqual(acted.slice(3), ['a note 61 2'], 'half a message is not remembered');
  });

  it('tells once that there is no MIDI at all, and why', () => {
    system.broken = 'there is no /dev/snd/seq';
    listen('a');
    listen('b', { port: 'x' });
    for (let n = 0; n < 3; n++) ports.poll();
    assert.deepEqual(codes(), ['a MIDI_UNAVAILABLE', 'b MIDI_UNAVAILABLE']);
    assert.equal(news[0]!.message, 'a waits for any MIDI port: there is no /dev/snd/seq.');
    system.broken = undefined;
    system.there = ['x'];
    ports.poll();
    assert.deepEqual(codes().slice(2), ['a ok', 'b ok']);
  });

  it('tries again to open a port that is taken, and tells once', () => {
    system.there = ['keys'];
    system.taken.add('keys');
    listen('a');
    for (let n = 0; n < 3; n++) ports.poll();
    assert.deepEqual(codes(), ['a MIDI_PORT_FAILED']);
    system.taken.clear();
    ports.poll();
    assert.deepEqual(codes(), ['a MIDI_PORT_FAILED', 'a ok']);
  });

  it('listens for a node as its newest patch asks, and closes what nobody hears', () => {
    system.there = ['one', 'two'];
    const old = listen('a', { port: 'one' });
    const young = listen('a', { port: 'two' });
    assert.deepEqual([...system.opened.keys()], ['two']);
    ports.order({ kind: 'unlisten', id: old });
    system.send('two', 0x90, 60, 1);
    assert.deepEqual(acted, ['a note 60 1']);
    ports.order({ kind: 'unlisten', id: young });
    assert.equal(system.opened.size, 0);
  });

  it('leaves out a flood, tells it, and lets keys go after it', () => {
    system.there = ['loop'];
    listen('a');
    for (let n = 0; n < PORT_RATE.burst + 500; n++) system.send('loop', 0x90, 60, 100);
    assert.equal(acted.length, PORT_RATE.burst);
    assert.deepEqual(codes(), ['a ok', 'a MIDI_FLOOD']);
    nowMs = 1000;
    system.send('loop', 0x80, 61, 0);
    assert.deepEqual(acted.slice(PORT_RATE.burst), ['a notes/off', 'a controllers/reset', 'a note/off 61']);
  });

  it('closes everything', () => {
    system.there = ['one', 'two'];
    listen('a');
    ports.close();
    assert.equal(system.opened.size, 0);
  });
});
