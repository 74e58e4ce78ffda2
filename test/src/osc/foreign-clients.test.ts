/** Clients that others wrote, against a running server; skipped, saying so, where they are not installed. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import type { StampedMessage } from '../../../src/control/index.js';
import {
  ClockWriter,
  createClockPage,
  monotonicMs,
  type OscHandle,
  startOscWorker,
} from '../../../src/osc/index.js';
import { createWallClock } from '../../../src/osc/wall-clock.js';
import { TOY_TABLE } from '../control/toy-table.js';

const run = promisify(execFile);
const PYTHON = '/usr/bin/python3';
/** From 1900, where the seconds of time tags begin, to 1970. */
const NTP_UNIX_SECONDS = 2_208_988_800;

function hasOscsend(): boolean {
  return spawnSync('oscsend', ['--help']).error === undefined;
}

function hasLiblo(): boolean {
  return spawnSync(PYTHON, ['-c', 'import liblo']).status === 0;
}

describe('foreign OSC clients', () => {
  let server: OscHandle;
  let audio: StampedMessage[];
  let startMs: number;

  before(async () => {
    const clock = createClockPage();
    startMs = monotonicMs();
    new ClockWriter(clock, 48_000).publish(480_000, startMs);
    server = await startOscWorker({ port: 0, version: '1.2.3', table: TOY_TABLE, clock });
    server.audioPort.on('message', (messages: StampedMessage[]) => audio.push(...messages));
  });
  beforeEach(() => {
    audio = [];
  });
  after(async () => {
    await server.close();
  });

  async function received(numMessages: number): Promise<readonly StampedMessage[]> {
    while (audio.length < numMessages) await once(server.audioPort, 'message');
    return audio;
  }

  describe('oscsend', () => {
    before(function () {
      if (hasOscsend()) return;
      console.log('      oscsend is not installed (apt install liblo-tools): skipped');
      this.skip();
    });
    const oscsend = (...args: readonly string[]) =>
      run('oscsend', ['127.0.0.1', String(server.port), ...args]);

    for (const [args, value] of [
      [['/node/model/temperature', 'f', '0.5'], 0.5],
      [['/node/model/topK', 'i', '40'], 40],
      [['/node/model/topK', 'h', '41'], 41],
      [['/node/model/temperature', 'd', '0.25'], 0.25],
      [['/node/model/law', 's', 'cubic'], 'cubic'],
      [['/node/model/law', 'i', '1'], 'square'],
      [['/node/model/frozen', 'T'], true],
      [['/node/model/frozen', 'F'], false],
      [['/node/m*l/temp[a-e]rature', 'f', '2'], 2],
      [['/node/{model,x}/to?K', 'i', '3'], 3],
    ] as const)
      it(args.join(' '), async () => {
        await oscsend(...args);
        const [first] = await received(1);
        assert.ok(first?.message.kind === 'param');
        assert.equal(first.message.value, value);
      });
  });

  describe('python3-liblo', () => {
    before(function () {
      if (hasLiblo()) return;
      console.log('      python3-liblo is not installed (apt install python3-liblo): skipped');
      this.skip();
    });
    const python = (script: string) =>
      run(PYTHON, [
        '-c',
        `import liblo, time\nengine = liblo.Address('127.0.0.1', ${server.port})\n${script}`,
      ]);

    it('sends a bundle without a time, applied at the next tick', async () => {
      await python(`
b = liblo.Bundle()
b.add(liblo.Message('/node/model/temperature', 0.5))
b.add(liblo.Message('/node/model/topK', 12))
liblo.send(engine, b)`);
      assert.deepEqual(
        (await received(2)).map(({ frame, message: m }) => [frame, m.kind === 'param' && m.value]),
        [
          [0, 0.5],
          [0, 12],
        ],
      );
    });

    it('sends a bundle 5 s ahead, stamped with that frame', async () => {
      const { stdout } = await python(`
due = liblo.time() + 5.0
liblo.send(engine, liblo.Bundle(due, liblo.Message('/node/model/temperature', 1.0)))
print(repr(due))`);
      const [first] = await received(1);
      const unixMs = (Number(stdout) - NTP_UNIX_SECONDS) * 1000;
      const expected = 480_000 + (createWallClock().toMonotonicMs(unixMs) - startMs) * 48;
      // The two measurements of the wall clock's offset differ by microseconds, milliseconds when interrupted.
      assert.ok(first && Math.abs(first.frame - expected) < 480, `${first?.frame} beside ${expected}`);
    });

    it('is answered at its own port', async () => {
      const { stdout } = await python(`
server = liblo.Server()
def heard(path, args):
    print(path, args)
server.add_method(None, None, heard)
for message in [('/sync', 7), ('/node/model/temperature', 99.0), ('/filter/cutoff/hz', 1), ('/version',)]:
    server.send(engine, *message)
    server.recv(60000)`);
      assert.deepEqual(stdout.trim().split('\n'), [
        '/synced [7]',
        "/warn ['/node/model/temperature', 'OSC_CLAMPED', 'temperature 99 is above the allowed range 0.1 to 2 ratio; set to 2.']",
        "/fail ['/filter/cutoff/hz', 'OSC_UNKNOWN_ADDRESS', 'Nothing has this address.']",
        "/version.reply ['sashimi-live', '1.2.3', 1]",
      ]);
    });

    it('sends every type it has, and each that is no number is refused by name', async () => {
      const { stdout } = await python(`
server = liblo.Server()
def heard(path, args):
    print(path, args[1], args[2])
server.add_method(None, None, heard)
for arg in [('b', [1, 2, 3]), ('N', None), ('m', (1, 2, 3, 4)), ('t', 5.0), ('T', True), ('s', 'x')]:
    server.send(engine, '/node/model/temperature', arg)
    server.recv(60000)`);
      const lines = stdout.trim().split('\n');
      assert.equal(lines.length, 6);
      for (const line of lines) assert.match(line, /^\/fail OSC_WRONG_TYPE temperature takes a number/);
    });
  });
});
