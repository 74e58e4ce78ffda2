/** Two live engines, found and moved by a client that knows OSCQuery only. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { type FoundNode, OscQueryClient, oscBytes, otherValue } from '../support/osc-query-client.js';
import { LIVE_TEST_MS } from '../support/patience.js';
import { type RunningCli, startCli } from '../support/start-cli.js';
import { useSuiteTempFolder } from '../support/temp-folder.js';

describe('live engines over OSCQuery', function () {
  this.timeout(LIVE_TEST_MS);
  const folder = useSuiteTempFolder();
  let playing: RunningCli[];
  let clients: OscQueryClient[];

  before(async () => {
    const start = (...args: string[]) =>
      startCli(['play', 'shore', '--sink', 'null', '--osc-port', '0', '--no-mdns', ...args], folder.path());
    playing = [start('--name', 'left'), start()];
    clients = [];
    for (const each of playing) {
      const [, url = ''] = await each.sees(/OSCQuery clients find it at (http:\S+) as /);
      clients.push(await OscQueryClient.join(url));
    }
  });
  after(async () => {
    for (const client of clients) client.close();
    for (const each of playing) assert.equal(await each.interrupt(), 0);
  });

  it('have names and ports of their own', () => {
    const [left, other] = clients.map(({ host }) => host);
    assert.equal(left!.NAME, 'left');
    assert.equal(other!.NAME, `sashimi-live-${other!.OSC_PORT}`);
    assert.notEqual(left!.OSC_PORT, other!.OSC_PORT);
  });

  it('have every param moved over the WebSocket, and tell it', async () => {
    const client = clients[0]!;
    const movable = await client.movable();
    assert.ok(movable.length > 5);
    const wanted = new Map(movable.map((node) => [node.FULL_PATH, otherValue(node)]));
    for (const { FULL_PATH, TYPE } of movable) {
      client.listen(FULL_PATH);
      client.move(FULL_PATH, TYPE!, wanted.get(FULL_PATH)!);
    }
    await client.until(() => [...wanted].every(([path, value]) => client.heard.get(path) === value));
    for (const { FULL_PATH } of movable) {
      const { VALUE } = await client.get<FoundNode>(`${FULL_PATH}?VALUE`);
      assert.deepEqual(VALUE, [wanted.get(FULL_PATH)]);
    }
  });

  it('push what is moved over UDP', async () => {
    const client = clients[0]!;
    client.listen('/master/gain');
    const { OSC_IP, OSC_PORT } = client.host;
    const socket = createSocket('udp4');
    socket.send(oscBytes('/master/gain', 'f', -7), OSC_PORT, OSC_IP);
    await client.until(() => client.heard.get('/master/gain') === -7);
    socket.close();
  });

  it('are found and moved again by the same client after the engine was killed', async () => {
    const client = clients[1]!;
    const [, pid] = await playing[1]!.sees(/\(process (\d+)\)/);
    client.listen('/master/gain');
    process.kill(Number(pid), 'SIGKILL');
    assert.equal((await client.get<FoundNode>('/master/gain')).FULL_PATH, '/master/gain');
    // What is sent while there is no engine is lost, as datagrams are.
    const moving = setInterval(() => client.move('/master/gain', 'f', -5), 100);
    await client.until(() => client.heard.get('/master/gain') === -5);
    clearInterval(moving);
  });

  it('tell that another patch plays, and offer what it has', async () => {
    const client = clients[0]!;
    client.move('/preset/load', 's', 'drift');
    await client.until(() => client.news.length > 0);
    for (const { COMMAND, DATA } of client.news)
      if (COMMAND !== 'PATH_REMOVED') assert.equal((await client.get(DATA)).FULL_PATH, DATA);
    assert.ok((await client.movable()).every(({ VALUE }) => VALUE !== undefined));
  });
});
