/** The OSC worker over real TCP on loopback. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, connect as open, type Socket } from 'node:net';
import { firstValueFrom } from 'rxjs';
import type { StampedMessage } from '../../../src/control/index.js';
import { Deframer, type Framing, frame } from '../../../src/osc/framing.js';
import { createClockPage, createOscClient, type OscHandle, startOscWorker } from '../../../src/osc/index.js';
import { openTcpServer, TCP_LIMITS } from '../../../src/osc/tcp-server.js';
import type { OscMessage } from '../../../src/osc/wire.js';
import { decodePacket } from '../../../src/osc/wire-decode.js';
import { encodePacket } from '../../../src/osc/wire-encode.js';
import type { Peer } from '../../../src/osc/worker-protocol.js';
import { TOY_TABLE } from '../control/toy-table.js';
import { f, i, message } from './packets.js';
import { TOY_STATUS } from './toy-status.js';

const OPTIONS = { port: 0, version: '1.2.3', table: TOY_TABLE } as const;

class TcpClient {
  readonly heard: OscMessage[] = [];
  private readonly deframer = new Deframer((bytes) => {
    const decoded = decodePacket(bytes);
    assert.ok(decoded.ok && decoded.packet.kind === 'message');
    this.heard.push(decoded.packet);
  });

  private constructor(
    readonly socket: Socket,
    private readonly framing: Framing,
  ) {
    socket.on('data', (chunk) => this.deframer.take(chunk));
    socket.on('error', () => undefined);
  }

  static async join(port: number, framing: Framing): Promise<TcpClient> {
    const socket = open(port, '127.0.0.1');
    await once(socket, 'connect');
    return new TcpClient(socket, framing);
  }

  send(...messages: readonly OscMessage[]): void {
    this.socket.write(Buffer.concat(messages.map((each) => frame(encodePacket(each), this.framing))));
  }

  async answer(address: string): Promise<OscMessage> {
    for (;;) {
      const found = this.heard.find((each) => each.address === address);
      if (found !== undefined) return found;
      await once(this.socket, 'data');
    }
  }
}

describe('OSC worker over TCP', () => {
  let server: OscHandle;
  let audio: StampedMessage[];

  beforeEach(async () => {
    audio = [];
    server = await startOscWorker({ ...OPTIONS, clock: createClockPage(), tcpPort: 'same' });
    server.audioPort.on('message', (messages: StampedMessage[]) => audio.push(...messages));
  });
  afterEach(() => server.close());

  for (const framing of ['length', 'slip'] as const)
    it(`takes params and answers in the framing that it is spoken to: ${framing}`, async () => {
      assert.equal(server.tcpPort, server.port);
      const client = await TcpClient.join(server.tcpPort, framing);
      client.send(message('/node/model/temperature', f(0.75)), message('/sync', i(7)), message('/nothing'));
      assert.deepEqual((await client.answer('/synced')).args, [i(7)]);
      assert.equal((await client.answer('/fail')).args.length, 3);
      while (audio.length < 1) await once(server.audioPort, 'message');
      assert.deepEqual(audio, [
        { frame: 0, message: { kind: 'param', nodeId: 'model', name: 'temperature', value: 0.75 } },
      ]);
      client.socket.destroy();
    });

  it('tells events on the connection, and forgets it when it is closed', async () => {
    const client = await TcpClient.join(server.tcpPort, 'slip');
    client.send(message('/notify', i(1)));
    await client.answer('/done');
    assert.deepEqual(server.subscribers(), [], 'a connection does not outlive the engine');
    server.broadcast({ kind: 'preset-loaded', name: 'toy' });
    await client.answer('/event/preset-loaded');
    client.socket.destroy();
    server.setStatus(TOY_STATUS);
    const asker = await createOscClient({ port: server.port });
    for (let numOpen = 1; numOpen > 0; ) {
      const { args } = await asker.request('/status', [], '/status.reply');
      const at = args.findIndex((arg) => arg.type === 's' && arg.value === 'oscConnections');
      const [open, subscribers] = [args[at + 1]!, args.at(-1)!];
      numOpen =
        ('value' in open ? Number(open.value) : 0) + ('value' in subscribers ? Number(subscribers.value) : 0);
    }
    await asker.close();
  });

  it('says why it closes a stream that cannot be read', async () => {
    const client = await TcpClient.join(server.tcpPort, 'length');
    client.send(message('/version'));
    await client.answer('/version.reply');
    client.socket.write(Buffer.alloc(8, 0xff));
    const { args } = await client.answer('/fail');
    assert.equal(args[1]?.type === 's' && args[1].value, 'OSC_BAD_STREAM');
    await once(client.socket, 'close');
  });

  it('closes what is no OSC without a word', async () => {
    const client = await TcpClient.join(server.tcpPort, 'length');
    client.socket.write('GET / HTTP/1.1\r\n\r\n');
    await once(client.socket, 'close');
    assert.deepEqual(client.heard, []);
  });

  it('takes a bounded number of connections of one address', async () => {
    const clients: TcpClient[] = [];
    for (let n = 0; n < TCP_LIMITS.connectionsOfOneAddress; n++)
      clients.push(await TcpClient.join(server.tcpPort, 'length'));
    for (const client of clients) client.send(message('/version'));
    for (const client of clients) await client.answer('/version.reply');
    const late = await TcpClient.join(server.tcpPort, 'length');
    if (!late.socket.destroyed) await once(late.socket, 'close');
    for (const client of clients) client.socket.destroy();
  });

  /** A server alone, and a client that it has heard of. */
  async function bareServer() {
    const peers: Peer[] = [];
    const bare = await openTcpServer({
      port: 0,
      host: '127.0.0.1',
      admits: () => true,
      onPacket: (_bytes, from) => peers.push(from),
      onGone: () => undefined,
    });
    const client = await TcpClient.join(bare.port, 'length');
    client.send(message('/hello'));
    while (peers.length === 0) await new Promise((resolve) => setImmediate(resolve));
    return { bare, client, peer: peers[0]! };
  }

  it('holds a bounded backlog for a client that does not read, and goes on when it does', async () => {
    const { bare, client, peer } = await bareServer();
    client.socket.pause();
    const packet = encodePacket(message('/value', { type: 'b', value: new Uint8Array(60_000) }));
    let numSent = 0;
    // The sockets of both ends hold some MiB.
    for (; bare.accepts(peer) && numSent < 2000; numSent++) {
      bare.send(packet, peer);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(numSent < 2000, 'it is full some time');
    for (let n = 0; n < 1000; n++) bare.send(packet, peer);
    client.socket.resume();
    while (!bare.accepts(peer) || client.heard.length < numSent)
      await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(client.heard.length, numSent, 'what was sent to a full one is left out');
    client.socket.destroy();
    await bare.close();
  });

  it('closes although a client does not read what waits for it', async () => {
    const { bare, client, peer } = await bareServer();
    client.socket.pause();
    const packet = encodePacket(message('/value', { type: 'b', value: new Uint8Array(60_000) }));
    while (bare.accepts(peer)) {
      bare.send(packet, peer);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await bare.close();
    assert.equal(bare.accepts(peer), false);
    client.socket.destroy();
  });

  it('hears this machine whatever the allow list says', async () => {
    // The only address that a test can send from is its own, which may always speak: see gate.test.ts for the rest.
    const other = await startOscWorker({
      ...OPTIONS,
      clock: createClockPage(),
      tcpPort: 'same',
      allow: ['192.0.2.1'],
    });
    const client = await TcpClient.join(other.tcpPort, 'slip');
    client.send(message('/version'));
    await client.answer('/version.reply');
    client.socket.destroy();
    await other.close();
  });

  it('a port in use is told, and UDP is heard as ever', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as { port: number };
    const other = await startOscWorker({ ...OPTIONS, clock: createClockPage(), tcpPort: port });
    const { code, message: sentence } = await firstValueFrom(other.warnings$);
    assert.equal(code, 'OSC_TCP_PORT');
    assert.match(sentence, new RegExp(`${port}`));
    assert.equal(other.tcpPort, 0);
    const client = await createOscClient({ port: other.port });
    await client.request('/version', [], '/version.reply');
    await client.close();
    await other.close();
    holder.close();
  });
});
