/** The OSC worker over real UDP on loopback. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { firstValueFrom } from 'rxjs';
import { type EngineRequest, OscError, type StampedMessage } from '../../../src/control/index.js';
import {
  ClockWriter,
  createClockPage,
  createOscClient,
  type OscClient,
  type OscHandle,
  startOscWorker,
} from '../../../src/osc/index.js';
import { monotonicMs } from '../../../src/osc/monotonic.js';
import { unixMsToTimeTag } from '../../../src/osc/time-tag.js';
import { createWallClock } from '../../../src/osc/wall-clock.js';
import { encodePacket } from '../../../src/osc/wire-encode.js';
import { TOY_TABLE } from '../control/toy-table.js';
import { bundle, i, message, s } from './packets.js';
import { TOY_STATUS } from './toy-status.js';

describe('OSC worker over UDP', () => {
  const clock = createClockPage();
  let server: OscHandle;
  let client: OscClient;
  let audio: StampedMessage[] = [];

  beforeEach(async () => {
    audio = [];
    server = await startOscWorker({ port: 0, version: '1.2.3', table: TOY_TABLE, clock });
    server.audioPort.on('message', (messages: StampedMessage[]) => audio.push(...messages));
    client = await createOscClient({ port: server.port });
  });
  afterEach(async () => {
    await client.close();
    await server.close();
  });

  /** Returns once all sent before has been handed to the audio thread. */
  async function synced(): Promise<void> {
    const turn = audio.length === 0 ? once(server.audioPort, 'message') : Promise.resolve();
    await client.request('/sync', [{ type: 'i', value: 1 }], '/synced');
    await turn;
  }

  it('takes params and answers questions', async () => {
    await client.send('/node/model/temperature', [{ type: 'd', value: 0.75 }]);
    await synced();
    assert.deepEqual(audio, [
      { frame: 0, message: { kind: 'param', nodeId: 'model', name: 'temperature', value: 0.75 } },
    ]);
    const version = await client.request('/version', [], '/version.reply');
    assert.deepEqual(
      version.args.map((arg) => 'value' in arg && arg.value),
      ['sashimi-live', '1.2.3', 1],
    );
  });

  it('passes requests to the engine and its answers back', async () => {
    const asked = firstValueFrom(server.requests$);
    const answered = client.request('/preset/load', [{ type: 's', value: 'Éclat' }], '/done');
    const request: EngineRequest = await asked;
    assert.ok(request.command === '/preset/load' && request.replyTo);
    assert.deepEqual(request.args, ['Éclat']);
    server.reply({
      token: request.replyTo.token,
      ok: false,
      code: 'PATCH_MISSING',
      message: 'No such preset.',
    });
    await assert.rejects(
      answered,
      (error) => error instanceof OscError && (error.code as string) === 'PATCH_MISSING',
    );
  });

  it('refuses requests and edits at once while no engine listens to them', async () => {
    const notReady = (error: OscError) => error.code === 'OSC_NOT_READY';
    const load = client.request('/preset/load', [{ type: 's', value: 'shore' }], '/done');
    await assert.rejects(load, notReady);
    const remove = client.request('/graph/remove', [{ type: 's', value: 'model' }], '/done');
    await assert.rejects(remove, notReady);
    server.requests$.subscribe(({ replyTo }) => {
      if (replyTo?.via === 'osc') server.reply({ token: replyTo.token, ok: true });
    });
    await client.request('/preset/load', [{ type: 's', value: 'shore' }], '/done');
  });

  it('tells that it has died also to who asks only then', async () => {
    const other = await startOscWorker({
      port: 0,
      version: '1.2.3',
      table: TOY_TABLE,
      clock,
      // No socket sends there: what a fault of ours would do.
      subscribers: [{ address: '127.0.0.1', port: 70_000 }],
    });
    const told = firstValueFrom(other.failed$);
    other.broadcast({ kind: 'quitting' });
    assert.equal((await told).code, 'OSC_SOCKET_FAILED');
    assert.equal(await firstValueFrom(other.failed$), await told);
    await other.close();
  });

  it('takes the answers of actions from the audio thread', async () => {
    server.audioPort.on('message', (messages: StampedMessage[]) => {
      for (const { message: m } of messages)
        if (m.kind === 'action' && m.replyTo)
          server.audioPort.postMessage({ token: m.replyTo.token, ok: true, results: ['stored'] });
    });
    const done = await client.request('/node/model/state/store', [{ type: 'i', value: 3 }], '/done');
    assert.deepEqual(done.args[1], { type: 's', value: 'stored' });
  });

  it('stamps a bundle with the frame that the clock names for its time', async () => {
    const writer = new ClockWriter(clock, 48_000);
    const startMs = monotonicMs();
    writer.publish(1_000_000, startMs);
    const wall = createWallClock();
    let unixMs = 0;
    let frame = 0;
    // One that a busy machine brings late applies at once, frame 0: then again.
    while (frame === 0) {
      audio = [];
      unixMs = Date.now() + 400;
      const timed = bundle(unixMsToTimeTag(unixMs), message('/node/model/topK', i(3)));
      await client.sendBytes(encodePacket(timed));
      await synced();
      [{ frame }] = audio as [StampedMessage];
    }
    const expected = 1_000_000 + (wall.toMonotonicMs(unixMs) - startMs) * 48;
    // The two measurements of the wall clock's offset differ by microseconds, milliseconds when interrupted.
    assert.ok(Math.abs(frame - expected) < 480, `${frame} beside ${expected}`);
  });

  it('tells its status and follows a new table', async () => {
    server.setStatus(TOY_STATUS);
    const status = await client.request('/status', [], '/status.reply');
    assert.deepEqual(status.args.slice(0, 2), [s('version'), s(TOY_STATUS.version)]);
    server.setTable([]);
    // The table travels between threads, the message over UDP: asked again until the table has won.
    const ask = () => client.request('/node/model/topK', [{ type: 'i', value: 1 }], '/done', 50);
    for (let code = ''; code !== 'OSC_UNKNOWN_ADDRESS'; )
      code = await ask().then(
        () => 'done',
        (error: OscError) => error.code,
      );
  });

  it('tells subscribers and keeps their list for a restarted engine', async () => {
    const listed = firstValueFrom(server.subscribers$);
    await client.request('/notify', [{ type: 'T' }], '/done');
    assert.deepEqual(await listed, server.subscribers());
    const again = await startOscWorker({
      port: 0,
      version: '1.2.3',
      table: TOY_TABLE,
      clock,
      subscribers: server.subscribers(),
    });
    const told = firstValueFrom(client.messages$);
    again.broadcast({ kind: 'engine-restarted', restarts: 1, reason: 'SIGKILL' });
    assert.equal((await told).address, '/event/engine-restarted');
    await again.close();
  });

  it('answers garbage and goes on', async () => {
    const refusals: string[] = [];
    client.messages$.subscribe((m) => {
      if (m.address === '/fail' && m.args[1]?.type === 's') refusals.push(m.args[1].value);
    });
    for (const bytes of [Buffer.alloc(0), Buffer.from('junk'), Buffer.from('/x'), Buffer.alloc(1400, 0xff)])
      await client.sendBytes(bytes);
    await client.send('/node/model/temperature', [{ type: 'f', value: 1 }]);
    await synced();
    assert.deepEqual(refusals, Array(4).fill('OSC_BAD_PACKET'));
    assert.equal(audio.length, 1);
  });

  it('says who holds a port that is in use, and what to do', async () => {
    await assert.rejects(
      startOscWorker({ port: server.port, version: '1.2.3', table: TOY_TABLE, clock }),
      (error) =>
        error instanceof OscError &&
        error.code === 'OSC_PORT_IN_USE' &&
        error.message.includes(`${server.port}`) &&
        error.message.includes('sashimi-live 1.2.3') &&
        error.remedy.includes('--osc-port'),
    );
  });

  it('refuses a host that is not of this machine', async () => {
    await assert.rejects(
      startOscWorker({ port: 0, host: '192.0.2.1', version: '1.2.3', table: TOY_TABLE, clock }),
      (error) =>
        error instanceof OscError && error.code === 'OSC_HOST_UNAVAILABLE' && /--host/.test(error.remedy),
    );
  });

  it('a client without an engine gets OSC_TIMEOUT', async () => {
    const free = await startOscWorker({ port: 0, version: '1.2.3', table: TOY_TABLE, clock });
    await free.close();
    const lonely = await createOscClient({ port: free.port });
    await assert.rejects(
      lonely.request('/status', [], '/status.reply', 50),
      (error) => error instanceof OscError && error.code === 'OSC_TIMEOUT',
    );
    await lonely.close();
  });

  it('frees its port when closed', async () => {
    const { port } = server;
    await server.close();
    server = await startOscWorker({ port, version: '1.2.3', table: TOY_TABLE, clock });
    assert.equal(server.port, port);
    await client.send('/node/model/temperature', [{ type: 'f', value: 1 }]);
    server.audioPort.on('message', (messages: StampedMessage[]) => audio.push(...messages));
    await synced();
    assert.equal(audio.length, 1);
  });
});
