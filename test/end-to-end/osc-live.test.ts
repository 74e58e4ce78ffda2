/** A whole engine, driven over OSC as a performer drives it: everything sent is done or answered, and the sound goes on. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { filter, firstValueFrom } from 'rxjs';
import { createOscClient, type OscClient, type OscMessage } from '../../src/osc/index.js';
import { unixMsToTimeTag } from '../../src/osc/time-tag.js';
import { IMMEDIATELY, type OscPacket } from '../../src/osc/wire.js';
import { encodePacket } from '../../src/osc/wire-encode.js';
import { engineStatus, statusWhere as statusOf } from '../support/engine-status.js';
import { LIVE_TEST_MS, PATIENCE_MS } from '../support/patience.js';
import { type RunningCli, startCli } from '../support/start-cli.js';
import { useSuiteTempFolder } from '../support/temp-folder.js';

const f = (value: number) => ({ type: 'f', value }) as const;
const message = (address: string, ...args: OscMessage['args']): OscMessage => ({
  kind: 'message',
  address,
  args,
});

/** The first two arguments of an answer: an address and a code. */
function told({ address, args }: OscMessage): readonly unknown[] {
  return [address, ...args.slice(0, 2).map((arg) => 'value' in arg && arg.value)];
}

describe('a live engine over OSC', function () {
  this.timeout(LIVE_TEST_MS);
  const folder = useSuiteTempFolder();
  let playing: RunningCli;
  let client: OscClient;
  let port: string;
  let answers: OscMessage[] = [];

  before(async () => {
    const args = ['play', 'shore', '--sink', 'null', '--osc-port', '0', '--look-ahead', '200'];
    playing = startCli(args, folder.path());
    [, port = ''] = await playing.sees(/OSC on udp 127\.0\.0\.1:(\d+)/);
    client = await createOscClient({ port: Number(port) });
    client.messages$.subscribe((m) => m.address !== '/status.reply' && answers.push(m));
    await statusWhere((status) => Number(status.frame) > 0);
  });
  beforeEach(() => {
    answers = [];
  });
  after(async () => {
    await client.close();
    assert.equal(await playing.interrupt(), 0);
  });

  const status = () => engineStatus(client);
  const statusWhere = (isSo: Parameters<typeof statusOf>[1]) => statusOf(client, isSo);

  const send = (packet: OscPacket) => client.sendBytes(encodePacket(packet));
  const synced = (id: number) => client.request('/sync', [{ type: 'i', value: id }], '/synced', PATIENCE_MS);

  it('sets params and patterns without a word, and tells what it clamps', async () => {
    await client.send('/node/model/temperature', [f(0.8)]);
    await client.send('/node/*/gainDb', [f(-3)]);
    await client.send('/node/{model,level}/t?pP', [f(0.9)]);
    await synced(1);
    assert.deepEqual(answers.map(told), [['/synced', 1]]);
    await client.send('/node/level/gainDb', [f(99)]);
    await client.send('/node/level/gainDb', [f(0)]);
    await synced(2);
    assert.deepEqual(answers.slice(1).map(told), [
      ['/warn', '/node/level/gainDb', 'OSC_CLAMPED'],
      ['/synced', 2],
    ]);
  });

  it('master gain reaches the status', async () => {
    await client.send('/master/gain', [f(-6)]);
    await statusWhere(({ masterGainDb }) => masterGainDb === -6);
    await client.send('/master/gain', [f(0)]);
    await statusWhere(({ masterGainDb }) => masterGainDb === 0);
  });

  it('applies a bundle at once, and one with a time tag no sooner than its time', async () => {
    await send({ kind: 'bundle', timeTag: IMMEDIATELY, elements: [message('/master/mute', { type: 'T' })] });
    await statusWhere(({ muted }) => muted === true);
    const dueMs = Date.now() + 2000;
    const unmute = message('/master/mute', { type: 'F' });
    await send({ kind: 'bundle', timeTag: unixMsToTimeTag(dueMs), elements: [unmute] });
    await statusWhere(({ muted }) => muted === false);
    // A sound that had stopped hurries for a while, and its clock with it.
    assert.ok(Date.now() > dueMs - 1000);
    assert.deepEqual(answers, []);
  });

  it('tells a late bundle and applies it', async () => {
    const late = unixMsToTimeTag(Date.now() - 2000);
    await send({ kind: 'bundle', timeTag: late, elements: [message('/master/gain', f(-1))] });
    await statusWhere(({ masterGainDb }) => masterGainDb === -1);
    assert.deepEqual(answers.filter(({ address }) => address === '/warn').map(told), [
      ['/warn', '#bundle', 'OSC_LATE'],
    ]);
    await client.send('/master/gain', [f(0)]);
  });

  it('runs actions and tells when they are done', async () => {
    await client.request('/node/model/reset', [], '/done', PATIENCE_MS);
    await client.request('/panic', [], '/done', PATIENCE_MS);
  });

  it('loads presets, tells subscribers, knows the new addresses, and refuses what is none', async () => {
    await client.request('/notify', [{ type: 'i', value: 1 }], '/done', PATIENCE_MS);
    const event = firstValueFrom(client.messages$.pipe(filter((m) => m.address === '/event/preset-loaded')));
    await client.request('/preset/load', [{ type: 's', value: 'drift' }], '/done', PATIENCE_MS);
    assert.deepEqual(told(await event), ['/event/preset-loaded', 'drift']);
    await client.send('/node/grains/mix', [f(0.5)]);
    await synced(3);
    assert.ok(!answers.some(({ address }) => address === '/fail'));
    await assert.rejects(
      client.request('/preset/load', [{ type: 's', value: '../../etc/passwd' }], '/done', PATIENCE_MS),
      (error) => (error as { code: string }).code !== 'OSC_TIMEOUT',
    );
    await client.request('/preset/load', [{ type: 's', value: 'shore' }], '/done', PATIENCE_MS);
  });

  it('answers garbage and plays on', async () => {
    const before = Number((await status()).frame);
    for (const bytes of [
      Buffer.from('garbage!'),
      Buffer.alloc(1000, 0xff),
      Buffer.from('/*********Z\0,\0\0\0'),
    ])
      await client.sendBytes(bytes);
    await client.send('/node/model/temprature', [f(1)]);
    await client.send('/node/model/temperature', [{ type: 's', value: 'hot' }]);
    await synced(4);
    assert.deepEqual(answers.filter(({ address }) => address === '/fail').map(told), [
      ['/fail', '', 'OSC_BAD_PACKET'],
      ['/fail', '', 'OSC_BAD_PACKET'],
      ['/fail', '/*********Z', 'OSC_NO_MATCH'],
      ['/fail', '/node/model/temprature', 'OSC_UNKNOWN_ADDRESS'],
      ['/fail', '/node/model/temperature', 'OSC_WRONG_TYPE'],
    ]);
    await statusWhere(({ frame }) => Number(frame) > before + 48_000);
  });

  it('takes ten thousand fader moves and answers as before', async () => {
    for (let n = 0; n < 10_000; n++) {
      await client.send('/node/level/gainDb', [f(-(n % 20))]);
      if (n % 500 === 499) await synced(n);
    }
    const { oscMessages, oscDropped } = await status();
    assert.ok(Number(oscMessages) >= 10_000);
    assert.equal(oscDropped, 0);
  });

  it('hears oscsend and python3-liblo', async function () {
    const isHere = (command: string, ...args: readonly string[]) => spawnSync(command, args).status === 0;
    if (spawnSync('oscsend', ['--help']).error === undefined) {
      assert.equal(spawnSync('oscsend', ['127.0.0.1', port, '/master/gain', 'f', '-9']).status, 0);
      await statusWhere(({ masterGainDb }) => masterGainDb === -9);
    } else console.log('      oscsend is not installed (apt install liblo-tools): skipped');
    if (!isHere('/usr/bin/python3', '-c', 'import liblo')) {
      console.log('      python3-liblo is not installed (apt install python3-liblo): skipped');
      return this.skip();
    }
    const script = `import liblo
liblo.send(liblo.Address('127.0.0.1', ${port}),
    liblo.Bundle(liblo.time() + 0.3, liblo.Message('/master/gain', -4.0), liblo.Message('/master/mute', False)))`;
    assert.ok(isHere('/usr/bin/python3', '-c', script));
    await statusWhere(({ masterGainDb }) => masterGainDb === -4);
  });

  it('quits when asked, and says so', async () => {
    const quitting = firstValueFrom(client.messages$.pipe(filter((m) => m.address === '/event/quitting')));
    await client.request('/quit', [], '/done', PATIENCE_MS);
    await quitting;
    // Ends on its own: what it never prints is waited for until then.
    await assert.rejects(playing.sees(/never printed/), /ended with 0 before/);
  });
});
