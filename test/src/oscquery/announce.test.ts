import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import multicastDns from 'multicast-dns';
import { type Announced, Announcer, answersTo, isTaken, recordsOf } from '../../../src/oscquery/index.js';

const toy: Announced = {
  name: 'Left desk',
  hostLabel: 'studio-sashimi-9010',
  addresses: ['127.0.0.1'],
  oscPort: 9010,
  queryPort: 9011,
};

describe('mDNS announcement', () => {
  it('leads from either service to name, port and address', () => {
    for (const [type, port] of [
      ['_OSCJSON._tcp.local', 9011],
      ['_osc._udp.local', 9010],
    ] as const) {
      const { answers, additionals } = answersTo([{ name: type, type: 'PTR' }], recordsOf(toy));
      assert.deepEqual(
        answers.map((record) => 'data' in record && record.data),
        [`Left desk.${type.toLowerCase()}`],
      );
      const service = additionals.find((record) => record.type === 'SRV' && record.data.port === port);
      assert.equal(service?.name, `Left desk.${type.toLowerCase()}`);
      assert.ok(additionals.some((record) => record.type === 'A' && record.data === '127.0.0.1'));
    }
  });

  it('answers nothing that is not its own', () => {
    for (const name of ['_http._tcp.local', 'studio.local', 'Right desk._osc._udp.local', ''])
      assert.deepEqual(answersTo([{ name, type: 'ANY' }], recordsOf(toy)), { answers: [], additionals: [] });
    assert.deepEqual(answersTo([], recordsOf(toy)), { answers: [], additionals: [] });
  });

  it('knows another of its name from itself', () => {
    assert.equal(isTaken(toy, recordsOf(toy)), false);
    assert.equal(isTaken(toy, recordsOf({ ...toy, hostLabel: 'stage' })), true);
    assert.equal(isTaken(toy, recordsOf({ ...toy, name: 'Right desk', hostLabel: 'stage' })), false);
  });

  it('says farewell to its own records only', () => {
    const farewell = recordsOf(toy, true);
    assert.ok(farewell.every((record) => 'ttl' in record && record.ttl === 0));
    assert.ok(farewell.every(({ name }) => !name.startsWith('_services')));
  });
});

describe('mDNS on a network', function () {
  this.timeout(240_000);

  it('finds two engines of one name under two names', async function () {
    const mdnsPort = await multicastPort();
    if (mdnsPort === undefined) this.skip();
    const asker = multicastDns({ port: mdnsPort });
    asker.on('warning', () => undefined);
    const heard = new Map<string, number>();
    asker.on('response', ({ answers = [], additionals = [] }) => {
      for (const record of [...answers, ...additionals])
        if (record.type === 'SRV' && record.name.includes('_oscjson'))
          heard.set(record.name.split('.')[0]!, record.data.port);
    });
    const asking = setInterval(() => asker.query('_oscjson._tcp.local', 'PTR'), 300);
    const options = { name: 'desk', host: '127.0.0.1', mdnsPort };
    const first = new Announcer({ ...options, oscPort: 9010, queryPort: 9011 });
    let second: Announcer | undefined;
    try {
      while (!heard.has('desk')) await once(asker, 'response');
      second = new Announcer({ ...options, oscPort: 9020, queryPort: 9021 });
      while (!heard.has('desk (2)')) await once(asker, 'response');
      assert.deepEqual(Object.fromEntries(heard), { desk: 9011, 'desk (2)': 9021 });
      assert.equal(second.name, 'desk (2)');
    } finally {
      clearInterval(asking);
      await first.close();
      await first.close();
      await second?.close();
      asker.destroy();
    }
  });
});

/** A port on which a packet to the group comes back; undefined where multicast goes nowhere. */
async function multicastPort(): Promise<number | undefined> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  try {
    socket.bind(0);
    await once(socket, 'listening');
    const { port } = socket.address();
    socket.addMembership('224.0.0.251');
    socket.setMulticastTTL(0);
    const heard = once(socket, 'message', { signal: AbortSignal.timeout(1000) });
    socket.send('x', port, '224.0.0.251', () => undefined);
    await heard;
    return port;
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}
