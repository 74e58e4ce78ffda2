import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { JsonLines } from '../../../src/process/json-lines.js';
import { useTempFolder } from '../../support/temp-folder.js';

describe('JsonLines', () => {
  const folder = useTempFolder();
  let server: Server;
  let near: Socket;
  let far: Socket;

  beforeEach(async () => {
    server = createServer();
    server.listen(folder.path('s'));
    await once(server, 'listening');
    near = connect(folder.path('s'));
    [far] = (await once(server, 'connection')) as [Socket];
  });
  afterEach(() => {
    near.destroy();
    far.destroy();
    server.close();
  });

  /** Collects until `count` values have come. */
  function collect(count: number): { lines: JsonLines; values: Promise<unknown[]>; dropped: string[] } {
    const values: unknown[] = [];
    const dropped: string[] = [];
    let resolve: (values: unknown[]) => void;
    const all = new Promise<unknown[]>((done) => {
      resolve = done;
    });
    const lines = new JsonLines(far, {
      receive: (value) => {
        if (values.push(value) === count) resolve(values);
      },
      closed: () => resolve(values),
      dropped: (why) => dropped.push(why),
    });
    return { lines, values: all, dropped };
  }

  it('carries values that come cut into pieces or several at once', async () => {
    const { values } = collect(3);
    near.write('{"a":');
    await new Promise((resolve) => setImmediate(resolve));
    near.write('1}\n{"b":"zwei Zeilen\\nhier"}\n[');
    near.write('3]\n');
    assert.deepEqual(await values, [{ a: 1 }, { b: 'zwei Zeilen\nhier' }, [3]]);
  });

  it('drops a line that is no JSON and takes the next', async () => {
    const { values, dropped } = collect(1);
    near.write('{oops\n{"ok":true}\n');
    assert.deepEqual(await values, [{ ok: true }]);
    assert.deepEqual(dropped, ['a line that is no JSON']);
  });

  it('ends a connection whose line never ends', async () => {
    const { values, dropped } = collect(1);
    near.on('error', () => undefined);
    near.write('x'.repeat(5 * 1024 * 1024));
    assert.deepEqual(await values, []);
    assert.equal(dropped.length, 1);
  });

  it('does not fail when the peer has gone', async () => {
    const { lines, values } = collect(1);
    near.destroy();
    await values;
    assert.equal(lines.send({ a: 1 }), false);
  });
});
