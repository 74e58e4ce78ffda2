/** A live engine whose values and log somebody follows, over UDP and TCP, also when it is killed and started again. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { filter, firstValueFrom } from 'rxjs';
import { Deframer, frame } from '../../src/osc/framing.js';
import { createOscClient, encodePacket, type OscClient, type OscMessage } from '../../src/osc/index.js';
import { decodePacket } from '../../src/osc/wire-decode.js';
import { handedOn } from '../support/engine-status.js';
import { LIVE_TEST_MS, PATIENCE_MS } from '../support/patience.js';
import { type RunningCli, startCli } from '../support/start-cli.js';
import { useSuiteTempFolder } from '../support/temp-folder.js';

const f = (value: number) => ({ type: 'f', value }) as const;
const s = (value: string) => ({ type: 's', value }) as const;
const LEVEL = '/node/level/gainDb';

describe('a live engine that is followed', function () {
  this.timeout(LIVE_TEST_MS);
  const folder = useSuiteTempFolder();
  let playing: RunningCli;
  let client: OscClient;
  let port: number;

  before(async () => {
    const args = ['play', 'shore', '--sink', 'null', '--osc-port', '0', '--no-query', '--look-ahead', '200'];
    playing = startCli(args, folder.path());
    port = Number((await playing.sees(/OSC on udp 127\.0\.0\.1:(\d+)/))[1]);
    client = await createOscClient({ port });
  });
  after(async () => {
    await client.close();
    assert.equal(await playing.interrupt(), 0);
  });

  const heard = (isIt: (message: OscMessage) => boolean): Promise<OscMessage> =>
    firstValueFrom(client.messages$.pipe(filter(isIt)));
  const isLevel = (value: number) => (message: OscMessage) =>
    message.address === '/value' &&
    message.args[0]?.type === 's' &&
    message.args[0].value === LEVEL &&
    message.args[1]?.type === 'f' &&
    message.args[1].value === value;

  it('tells values when anybody changes them, and what is set is what is got', async () => {
    const first = heard(({ address }) => address === '/value');
    await client.request('/subscribe', [s('/node/*/gainDb')], '/done', PATIENCE_MS);
    await first;
    const told = heard(isLevel(-12));
    const other = connect(port, '127.0.0.1');
    await once(other, 'connect');
    const set = encodePacket({ kind: 'message', address: LEVEL, args: [f(-12)] });
    const get = encodePacket({ kind: 'message', address: '/get', args: [s(LEVEL)] });
    other.write(Buffer.concat([frame(set, 'slip'), frame(get, 'slip')]));
    const answers: unknown[] = [];
    const deframer = new Deframer((bytes) => {
      const decoded = decodePacket(bytes);
      if (decoded.ok) answers.push(decoded.packet);
    });
    while (answers.length === 0) deframer.take((await once(other, 'data'))[0] as Buffer);
    assert.deepEqual(answers, [{ kind: 'message', address: '/get.reply', args: [s(LEVEL), f(-12)] }]);
    await told;
    other.destroy();
  });

  it('tells its log', async () => {
    await client.request('/log', [s('info')], '/done', PATIENCE_MS);
    const line = heard(
      ({ address, args }) => address === '/event/log' && JSON.stringify(args).includes('the preset drift'),
    );
    await client.request('/preset/load', [s('drift')], '/done', PATIENCE_MS);
    assert.deepEqual((await line).args, [s('info'), s(''), s('Plays the preset drift.')]);
    await client.request('/preset/load', [s('shore')], '/done', PATIENCE_MS);
  });

  it('goes on telling when it was killed and started again', async () => {
    await client.send(LEVEL, [f(-7)]);
    await heard(isLevel(-7));
    await handedOn(client);
    const [, pid] = await playing.sees(/\(process (\d+)\)/);
    const again = heard(isLevel(-7));
    process.kill(Number(pid), 'SIGKILL');
    await again;
    const told = heard(isLevel(-5));
    await client.send(LEVEL, [f(-5)]);
    await told;
  });
});
