/** Voices of a running engine, driven over OSC: by the pages for clients, by the game client, and across the death of the engine. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filter, firstValueFrom } from 'rxjs';
import { Voices } from '../../docs/examples/game-client/voices.js';
import { packageRoot } from '../../models/index.js';
import { COMMANDS } from '../../src/control/index.js';
import { createOscClient, type OscClient, type OscMessage } from '../../src/osc/index.js';
import { handedOn, statusWhere } from '../support/engine-status.js';
import { LIVE_TEST_MS, PATIENCE_MS } from '../support/patience.js';
import { runCli } from '../support/run-cli.js';
import { type RunningCli, startCli } from '../support/start-cli.js';
import { useSuiteTempFolder } from '../support/temp-folder.js';

type ClientArg = NonNullable<Parameters<OscClient['send']>[1]>[number];

/** As the pages write messages: words are strings, numbers with a point floats. */
function argOf(word: string): ClientArg {
  if (/^-?\d+$/.test(word)) return { type: 'i', value: Number(word) };
  if (/^-?\d+\.\d*$/.test(word)) return { type: 'f', value: Number(word) };
  return { type: 's', value: word };
}

interface Page {
  readonly name: string;
  readonly messages: readonly (readonly [address: string, ...words: string[]])[];
  /** Addresses, or beginnings of them, that the code of the page sends. */
  readonly sent: readonly string[];
}

function pageOf(file: string): Page {
  const text = readFileSync(join(packageRoot(), 'docs/clients', file), 'utf8');
  const blocks = [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)];
  const lines = blocks.flatMap(([, language, body = '']) =>
    language === 'osc' ? body.trim().split('\n') : [],
  );
  const code = blocks.filter(([, language]) => language !== 'osc').map(([, , body = '']) => body);
  const sent = [...code.join('\n').matchAll(/(?<=^|["'])\/(?:voice|notify)[\w/*-]*/gm)].map(
    ([address]) => address,
  );
  return { name: file, messages: lines.map((line) => line.split(' ') as [string, ...string[]]), sent };
}

describe('voices of a live engine', function () {
  this.timeout(LIVE_TEST_MS);
  const folder = useSuiteTempFolder();
  let playing: RunningCli;
  let client: OscClient;
  let voices: Voices | undefined;
  let port: number;
  let heard: OscMessage[] = [];

  before(async () => {
    playing = startCli(
      ['play', 'shore', '--sink', 'null', '--osc-port', '0', '--look-ahead', '200', '--channels', '4'],
      folder.path(),
    );
    port = Number((await playing.sees(/OSC on udp 127\.0\.0\.1:(\d+)/))[1]);
    client = await createOscClient({ port });
    client.messages$.subscribe((message) => heard.push(message));
    await statusWhere(client, ({ frame }) => Number(frame) > 0);
  });
  beforeEach(() => {
    heard = [];
  });
  after(async () => {
    voices?.close();
    await client.close();
    assert.equal(await playing.interrupt(), 0);
  });

  const ask = (address: string, ...words: string[]) =>
    client.request(address, words.map(argOf), '/done', PATIENCE_MS);
  const synced = () => client.request('/sync', [{ type: 'i', value: 1 }], '/synced', PATIENCE_MS);
  const refused = () => heard.filter(({ address }) => address === '/fail' || address === '/warn');

  for (const page of readdirSync(join(packageRoot(), 'docs/clients')).map(pageOf)) {
    it(`docs/clients/${page.name}: every message is understood`, async () => {
      assert.ok(page.messages.length >= 3 && page.sent.length >= 3);
      for (const begins of page.sent) {
        const known = page.messages.some(([address]) => address.startsWith(begins));
        assert.ok(known, `${begins} is sent, but not among the messages`);
      }
      for (const [address, ...words] of page.messages) {
        if (Object.hasOwn(COMMANDS, address)) await ask(address, ...words);
        else await client.send(address, words.map(argOf));
      }
      await synced();
      assert.deepEqual(refused(), []);
      await ask('/voice/free-all', '10.0');
      await statusWhere(client, ({ voices }) => voices === 0);
    });
  }

  it('refuses what cannot be, with a code, and plays on', async () => {
    await ask('/voice/new', 'shore', 'a');
    const codes: unknown[] = [];
    for (const [address, ...words] of [
      ['/voice/new', 'shore', 'a'],
      ['/voice/new', 'shore', 'new'],
      ['/voice/new', 'shore', 'a/b'],
      ['/voice/new', 'none', 'b'],
      ['/voice/new', '../../etc/passwd', 'b'],
      ['/voice/new', 'shore', 'b', '0', '99.0'],
      ['/voice/free', 'b'],
      ['/voice/free', 'a', '-1.0'],
      ['/voice/pool', 'shore', '-1'],
      ['/voice/limit', '100000'],
    ] as [string, ...string[]][])
      await assert.rejects(
        ask(address, ...words),
        (error) => codes.push((error as { code: string }).code) > 0,
      );
    assert.deepEqual(codes, [
      'VOICE_ID_TAKEN',
      'VOICE_ID',
      'VOICE_ID',
      'ENGINE_PRESET_NOT_FOUND',
      'ENGINE_PRESET_NAME',
      'VOICE_OPTION',
      'VOICE_UNKNOWN',
      'VOICE_OPTION',
      'VOICE_OPTION',
      'VOICE_OPTION',
    ]);
    await client.send('/voice/b/gain', [argOf('0.0')]);
    await synced();
    assert.ok(refused().some(({ args }) => 'value' in args[1]! && args[1].value === 'OSC_UNKNOWN_ADDRESS'));
    await ask('/voice/free', 'a');
    await statusWhere(client, ({ voices }) => voices === 0);
  });

  it('has an id to give again as soon as it was told that the voice is free', async () => {
    await ask('/voice/pool', 'shore', '4');
    await ask('/voice/new', 'shore', 'a');
    for (let n = 0; n < 10; n++) {
      await client.send('/voice/free', [argOf('a')]);
      await ask('/voice/new', 'shore', 'a');
    }
    await ask('/voice/pool', 'shore', '0');
    await ask('/voice/free-all', '0.0');
    await statusWhere(client, ({ voices }) => voices === 0);
    assert.deepEqual(refused(), []);
  });

  it('is played by the game client', async () => {
    voices = await Voices.connect(port);
    const ended: string[] = [];
    voices.onEnded = (id, reason) => {
      if (id.startsWith('wave')) ended.push(`${id} ${reason}`);
    };
    await voices.keepReady('shore', 1);
    await voices.start('shore', 'wave-1', { priority: 2, gainDb: -6, azimuth: -40, distance: 8 });
    await voices.start('shore', 'wave-2');
    for (let n = 0; n < 30; n++) voices.move('wave-1', n * 12, 2 + n, 16);
    voices.gain('wave-1', -9);
    voices.set('wave-1', 'model', 'temperature', 0.9, 100);
    await voices.call('wave-1', 'model', 'reset');
    assert.deepEqual(await voices.list(), ['wave-1', 'wave-2']);
    await assert.rejects(voices.start('shore', 'wave-1'), /VOICE_ID_TAKEN/);
    await voices.free('wave-1', 10);
    await voices.freeAll(10);
    while (ended.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(ended.sort(), ['wave-1 freed', 'wave-2 freed']);
    await voices.keepReady('shore', 0);
    await synced();
    assert.deepEqual(refused(), []);
  });

  it('has its voices again after the engine was killed', async () => {
    await ask('/notify', '1');
    await ask('/voice/new', 'shore', 'left', '3', '-6.0', '-90.0', '2.0');
    await client.send('/voice/left/model/temperature', [argOf('0.75')]);
    await handedOn(client);
    const again = firstValueFrom(
      client.messages$.pipe(filter(({ address }) => address === '/event/voice-started')),
    );
    const { stdout } = await runCli(['status', '--osc-port', String(port), '--timeout', '60000', '--json']);
    assert.equal((JSON.parse(stdout) as { voices: number }).voices, 1);
    const [, pid] = await playing.sees(/\(process (\d+)\)/);
    process.kill(Number(pid), 'SIGKILL');
    await again;
    await client.send('/voice/left/gain', [argOf('-3.0')]);
    const { args } = await ask('/voice/list');
    assert.deepEqual(
      args.slice(1).map((arg) => 'value' in arg && arg.value),
      [1, 'left', 'shore', 3],
    );
    assert.deepEqual(refused(), []);
  });
});
