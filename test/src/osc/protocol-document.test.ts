/** docs/osc.md against the code, in both directions. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../models/index.js';
import { noteOsc } from '../../../nodes/conditioning/note-osc.js';
import { singer } from '../../../nodes/conditioning/singer.js';
import { text } from '../../../nodes/conditioning/text.js';
import { wordOsc } from '../../../nodes/conditioning/word-osc.js';
import {
  buildAddressTable,
  COMMANDS,
  COUNTER_FIELDS,
  EVENT_FIELDS,
  MASTER_PARAMS,
  OSC_CODES,
  PROTOCOL_VERSION,
  STATUS_FIELDS,
  type StampedMessage,
} from '../../../src/control/index.js';
import { PATTERN_LIMITS } from '../../../src/osc/address-index.js';
import { isAnswer } from '../../../src/osc/answers.js';
import { MAX_ITEMS_WAITING } from '../../../src/osc/audio-way.js';
import { MAX_APPLIED_PER_PACKET } from '../../../src/osc/dispatcher.js';
import { MAX_AHEAD_MS } from '../../../src/osc/frame-clock.js';
import { createClockPage, createOscClient, startOscWorker } from '../../../src/osc/index.js';
import { LISTENING_LIMITS } from '../../../src/osc/listening.js';
import { MAX_ANSWERS_PER_PACKET } from '../../../src/osc/outbox.js';
import { ANSWER_WITHIN_MS, MAX_PENDING, MAX_PENDING_PER_SENDER } from '../../../src/osc/pending-requests.js';
import { RATES } from '../../../src/osc/rate-limit.js';
import { MAX_SCHEDULED } from '../../../src/osc/schedule.js';
import { MAX_SUBSCRIBERS } from '../../../src/osc/subscribers.js';
import { TCP_LIMITS } from '../../../src/osc/tcp-server.js';
import { WIRE_LIMITS } from '../../../src/osc/wire.js';
import { TOY_NODES } from '../control/toy-table.js';
import { TOY_STATUS } from './toy-status.js';

const DOCUMENT = readFileSync(join(packageRoot(), 'docs/osc.md'), 'utf8');

function section(heading: string): string {
  const found = DOCUMENT.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  assert.ok(found, `docs/osc.md has no section ${heading}`);
  return found;
}

/** The rows of a section's table without its head; cells without their backquotes. */
function table(heading: string): readonly (readonly string[])[] {
  const rows = section(heading)
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
  assert.ok(rows.length > 2, heading);
  return rows.slice(2);
}

function plain(sentence: string): string {
  return sentence.replaceAll('`', '');
}

describe('docs/osc.md', () => {
  it('has exactly the addresses that exist, with their arguments, answers and timing', () => {
    const commands = Object.entries(COMMANDS).map(([address, { args, answer, timing }]) => [
      address,
      args.map(({ name }) => name).join(', '),
      answer,
      timing,
    ]);
    assert.deepEqual(
      table('Addresses').map((row) => row.slice(0, 4)),
      [
        ['/node/ID/PARAM', 'value [rampMs]', 'none', 'sync'],
        ['/node/ID/ACTION', 'as declared', '/done', 'async'],
        ['/master/gain', 'gain', 'none', 'sync'],
        ['/master/mute', 'mute', 'none', 'sync'],
        ...commands,
      ],
    );
    const derived = buildAddressTable([]).map(({ address }) => address);
    const documented = table('Addresses').map(([address]) => address!);
    assert.deepEqual([...derived].sort(), documented.filter((a) => !a.startsWith('/node/')).sort());
  });

  it('names the range of the master gain', () => {
    const { min, max } = MASTER_PARAMS.gain;
    assert.ok(section('Addresses').includes(`from ${min} to ${max}`));
  });

  it('has exactly the answers that are sent', () => {
    const documented = table('Answers').map(([answer]) => answer!);
    assert.deepEqual(documented.filter(isAnswer), documented);
    const sent = new Set([...Object.values(COMMANDS).map(({ answer }) => answer), '/fail', '/warn']);
    assert.deepEqual([...sent].sort(), [...documented].sort());
  });

  it('has exactly the status fields, in the order sent', () => {
    const fields = [...Object.entries(STATUS_FIELDS), ...Object.entries(COUNTER_FIELDS)];
    assert.deepEqual(
      table('Status'),
      fields.map(([name, { type, description }]) => [name, type === 'T' ? 'T F' : type, plain(description)]),
    );
  });

  it('has exactly the events, with their arguments', () => {
    assert.deepEqual(
      table('Events').map(([event, args]) => [event, args]),
      Object.entries(EVENT_FIELDS).map(([kind, fields]) => [
        `/event/${kind}`,
        fields.map(([name]: readonly string[]) => name).join(', '),
      ]),
    );
  });

  it('has exactly the codes', () => {
    assert.deepEqual(
      table('Codes'),
      Object.entries(OSC_CODES).map(([code, { summary, remedy }]) => [code, summary, plain(remedy)]),
    );
  });

  it('names every limit as it is', () => {
    const limits: Readonly<Record<string, number>> = {
      'bytes in a packet': WIRE_LIMITS.maxPacketBytes,
      'messages in a packet': WIRE_LIMITS.maxMessages,
      'arguments of a message': WIRE_LIMITS.maxArgs,
      'bytes of an address': WIRE_LIMITS.maxAddressBytes,
      'bundles inside bundles': WIRE_LIMITS.maxBundleDepth,
      'arrays inside arrays': WIRE_LIMITS.maxArrayDepth,
      'addresses that one pattern matches': PATTERN_LIMITS.maxMatches,
      'addresses that one packet sets': MAX_APPLIED_PER_PACKET,
      'matching steps for one packet': PATTERN_LIMITS.stepsPerPacket,
      'answers to one packet': MAX_ANSWERS_PER_PACKET,
      'answers to one sender, per second': RATES.answers.perSecond,
      'messages of one sender, per second': RATES.messages.perSecond,
      'messages of all senders, per second': RATES.allMessages.perSecond,
      'requests of one sender waiting for their answer': MAX_PENDING_PER_SENDER,
      'requests of all senders waiting for their answer': MAX_PENDING,
      'messages waiting for their time': MAX_SCHEDULED,
      'messages waiting for the audio thread, beside the ring': MAX_ITEMS_WAITING,
      'values pushed to one subscriber, per second': RATES.values.perSecond,
      'addresses and patterns that one subscriber follows': LISTENING_LIMITS.watches,
      'TCP connections': TCP_LIMITS.connections,
      'TCP connections of one address': TCP_LIMITS.connectionsOfOneAddress,
      subscribers: MAX_SUBSCRIBERS,
    };
    assert.deepEqual(
      Object.fromEntries(table('Limits').map(([name, value]) => [name, Number(value)])),
      limits,
    );
    for (const [, , code] of table('Limits'))
      assert.ok(code! in OSC_CODES || /^(closed|they come later)$/.test(code!), code);
    assert.equal(MAX_AHEAD_MS, 3_600_000, 'the document says one hour');
    assert.equal(ANSWER_WITHIN_MS, 30_000, 'the document says 30 s');
    assert.ok(DOCUMENT.startsWith(`# The OSC protocol, version ${PROTOCOL_VERSION}\n`));
  });

  it('mentions no code that does not exist', () => {
    for (const [code] of DOCUMENT.matchAll(/OSC_[A-Z_]+[A-Z]/g)) assert.ok(code in OSC_CODES, code);
  });

  it('gives examples that are understood', async function () {
    if (spawnSync('oscsend', ['--help']).error !== undefined) {
      console.log('      oscsend is not installed (apt install liblo-tools): skipped');
      this.skip();
    }
    const presets = readFileSync(join(packageRoot(), 'docs/presets.md'), 'utf8');
    const examples = [...`${DOCUMENT}${presets}`.matchAll(/^oscsend 127\.0\.0\.1 9010 (.+)$/gm)].map(
      ([, args]) => [...args!.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!),
    );
    assert.ok(examples.length >= 5);
    const server = await startOscWorker({
      port: 0,
      version: '0.0.0',
      table: buildAddressTable([
        ...TOY_NODES,
        { id: 'keys', descriptor: noteOsc },
        { id: 'mouth', descriptor: wordOsc },
        { id: 'singer', descriptor: text },
        ...['soprano', 'alto', 'bass'].map((id) => ({ id, descriptor: singer })),
      ]),
      clock: createClockPage(),
    });
    let numHeard = 0;
    server.audioPort.on('message', (messages: StampedMessage[]) => {
      numHeard += messages.length;
    });
    server.requests$.subscribe(() => numHeard++);
    server.setStatus(TOY_STATUS);
    server.setValues([['/node/model/temperature', 1]], true);
    let numDone = 0;
    for (const args of examples) {
      execFileSync('oscsend', ['127.0.0.1', String(server.port), ...args]);
      // What the listener does itself is heard of by nobody.
      if (
        Object.entries(COMMANDS).some(([address, { doneBy }]) => address === args[0] && doneBy === 'listener')
      )
        continue;
      numDone++;
      while (numHeard < numDone) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const client = await createOscClient({ port: server.port });
    const { args } = await client.request('/status', [], '/status.reply');
    const at = args.findIndex((arg) => arg.type === 's' && arg.value === 'oscRefused');
    assert.deepEqual(args[at + 1], { type: 'd', value: 0 });
    await client.close();
    await server.close();
  });
});
