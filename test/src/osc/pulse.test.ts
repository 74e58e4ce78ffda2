import assert from 'node:assert/strict';
import { on, once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { ClockWriter, createClockPage, type OscHandle, startOscWorker } from '../../../src/osc/index.js';
import { useTempFolder } from '../../support/temp-folder.js';
import { TOY_TABLE } from '../control/toy-table.js';

describe('the pulse of an engine', () => {
  const folder = useTempFolder();
  let server: OscHandle;
  let clock: ClockWriter;
  let path: string;

  beforeEach(async () => {
    const page = createClockPage();
    clock = new ClockWriter(page, 48_000);
    const name = folder.path('engine.pulse');
    path = process.platform === 'win32' ? `\\\\.\\pipe\\${name.replaceAll(/[:\\]/g, '-')}` : name;
    server = await startOscWorker({
      port: 0,
      version: '1.2.3',
      table: TOY_TABLE,
      clock: page,
      pulsePath: path,
    });
  });

  afterEach(() => server.close());

  it('says to all who listen how far the sound has come, whatever the thread that started it does', async () => {
    const [first, second] = [connect(path), connect(path)];
    await Promise.all([once(first, 'connect'), once(second, 'connect')]);
    clock.publish(4800);
    for (const socket of [first, second]) {
      const lines = on(createInterface(socket), 'line') as AsyncIterableIterator<[string]>;
      assert.deepEqual(JSON.parse((await lines.next()).value[0]), { kind: 'pulse', frame: 4800 });
      clock.publish(4928);
      for await (const [line] of lines) if (JSON.parse(line).frame === 4928) break;
      clock.publish(4800);
    }
    first.destroy();
    second.destroy();
  });

  it('says nothing before the first block', async () => {
    const socket = connect(path);
    await once(socket, 'connect');
    const line = once(createInterface(socket), 'line');
    clock.publish(128);
    assert.deepEqual(JSON.parse((await line)[0] as string), { kind: 'pulse', frame: 128 });
    socket.destroy();
  });
});
