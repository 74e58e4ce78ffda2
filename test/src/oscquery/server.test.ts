import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import WebSocket from 'ws';
import { buildAddressTable } from '../../../src/control/index.js';
import { QueryServer } from '../../../src/oscquery/index.js';
import { TOY_NODES, TOY_TABLE } from '../control/toy-table.js';

/** Length, tags and padding of `/node/model/temperature ,f`, then 0.25. */
const temperatureBytes = Buffer.concat([
  Buffer.from('/node/model/temperature\0,f\0\0'),
  Buffer.from([0x3e, 0x80, 0, 0]),
]);

describe('OSCQuery server', () => {
  let engine: Socket;
  let server: QueryServer;
  const clients: WebSocket[] = [];

  beforeEach(async () => {
    engine = createSocket('udp4');
    engine.bind(0, '127.0.0.1');
    await once(engine, 'listening');
    const oscPort = engine.address().port;
    server = await QueryServer.open({ name: 'toy', host: '127.0.0.1', oscPort, port: 0 });
    server.show(TOY_TABLE, new Map([['/node/model/temperature', 0.5]]));
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.terminate();
    await server.close();
    engine.close();
  });

  const url = (path: string) => `http://127.0.0.1:${server.port}${path}`;

  async function join(options: WebSocket.ClientOptions = {}): Promise<WebSocket> {
    const client = new WebSocket(`ws://127.0.0.1:${server.port}/`, options);
    clients.push(client);
    await once(client, 'open');
    return client;
  }

  async function next(client: WebSocket): Promise<string | Buffer> {
    const [data, isBinary] = (await once(client, 'message')) as [Buffer, boolean];
    return isBinary ? data : data.toString('utf8');
  }

  it('serves the tree, and refuses what is not a read', async () => {
    const answer = await fetch(url('/node/model/temperature?VALUE'));
    assert.deepEqual([answer.status, await answer.json()], [200, { VALUE: [0.5] }]);
    assert.equal((await fetch(url('/nowhere'))).status, 404);
    assert.equal((await fetch(url('/node/model/reset?VALUE'))).status, 204);
    assert.equal((await fetch(url('/'), { method: 'POST', body: 'x' })).status, 405);
  });

  it('pushes what is listened to, until it is ignored', async () => {
    const client = await join();
    const send = (COMMAND: string) =>
      client.send(JSON.stringify({ COMMAND, DATA: '/node/model/temperature' }));
    send('LISTEN');
    assert.equal((await next(client)).toString('latin1').slice(0, 23), '/node/model/temperature');
    server.show(TOY_TABLE, new Map([['/node/model/temperature', 0.25]]));
    assert.deepEqual(await next(client), temperatureBytes);
    send('IGNORE');
    client.ping();
    await once(client, 'pong');
    server.show(TOY_TABLE, new Map([['/node/model/temperature', 1]]));
    server.show(buildAddressTable([]), new Map());
    assert.deepEqual(JSON.parse((await next(client)) as string), { COMMAND: 'PATH_REMOVED', DATA: '/node' });
  });

  it('tells the topmost paths that came, went and changed', async () => {
    const client = await join();
    const [model, ...others] = TOY_NODES;
    const { temperature, ...params } = model!.descriptor.params;
    const narrower = { ...params, topK: { ...params.topK, max: 10 } } as typeof params;
    const heard: string[] = [];
    client.on('message', (data) => heard.push(Object.values(JSON.parse(data.toString())).join(' ')));
    server.show(
      buildAddressTable([
        { id: 'new', descriptor: { params: { temperature: temperature! } } },
        { id: 'model', descriptor: { ...model!.descriptor, params: narrower } },
        ...others,
      ]),
      new Map(),
    );
    while (heard.length < 3) await once(client, 'message');
    assert.deepEqual(heard.sort(), [
      'PATH_ADDED /node/new',
      'PATH_CHANGED /node/model/topK',
      'PATH_REMOVED /node/model/temperature',
    ]);
  });

  it('passes OSC on to the engine and its answers back', async () => {
    const client = await join();
    client.send(temperatureBytes);
    const [bytes, from] = (await once(engine, 'message')) as [Buffer, { address: string; port: number }];
    assert.deepEqual(bytes, temperatureBytes);
    engine.send(Buffer.from('/ok\0,\0\0\0'), from.port, from.address);
    assert.deepEqual(await next(client), Buffer.from('/ok\0,\0\0\0'));
  });

  it('stays up whatever it is sent', async () => {
    const client = await join();
    for (const text of ['', 'null', '[]', '{', '{"COMMAND":"LISTEN","DATA":{}}', '{"COMMAND":"x"}', '7'])
      client.send(text);
    client.send(Buffer.alloc(70_000));
    await once(client, 'close');
    for (const text of ['\0\0\0', 'GET / HTTP/9\r\n\r\n', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n\r\n`]) {
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => undefined).resume();
      socket.write(text);
      await once(socket, 'close');
    }
    assert.equal((await fetch(url('/?HOST_INFO'))).status, 200);
  });

  it('takes no WebSocket from a foreign page, nor more than it can serve', async () => {
    await assert.rejects(join({ origin: 'https://example.com' }), /403/);
    for (let i = 0; i < 24; i++) await join();
    await assert.rejects(join(), /503/);
  });

  it('turns away who is not allowed to ask, before a byte is read', async () => {
    let isAllowed = true;
    const asked: (string | undefined)[] = [];
    const admits = (address: string | undefined): boolean => {
      asked.push(address);
      return isAllowed;
    };
    const other = await QueryServer.open({ name: 'other', host: '127.0.0.1', oscPort: 1, port: 0, admits });
    const ask = () =>
      fetch(`http://127.0.0.1:${other.port}/?HOST_INFO`, { headers: { connection: 'close' } });
    assert.equal((await ask()).status, 200);
    isAllowed = false;
    await assert.rejects(ask());
    assert.ok(asked.length >= 2 && asked.every((address) => address === '127.0.0.1'));
    await other.close();
  });

  it('finds a free port above that of OSC, and tells when the one asked for is taken', async () => {
    const { port } = server;
    const options = { name: 'other', host: '127.0.0.1', oscPort: port - 1 };
    const other = await QueryServer.open(options);
    assert.notEqual(other.port, port);
    await other.close();
    await assert.rejects(QueryServer.open({ ...options, port }), { code: 'OSC_QUERY_PORT' });
  });
});
