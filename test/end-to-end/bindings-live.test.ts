/** MIDI controls bound over OSC to a whole engine; through a virtual port where this machine has MIDI. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { filter, firstValueFrom } from 'rxjs';
import { presetsFolder } from '../../src/engine/presets.js';
import { createOscClient, type OscClient, type OscMessage } from '../../src/osc/index.js';
import { handedOn, statusWhere } from '../support/engine-status.js';
import { LIVE_TEST_MS } from '../support/patience.js';
import { type RunningCli, startCli } from '../support/start-cli.js';
import { useSuiteTempFolder } from '../support/temp-folder.js';

type Arg = { type: 's'; value: string } | { type: 'i' | 'f'; value: number };

const s = (value: string): Arg => ({ type: 's', value });
const i = (value: number): Arg => ({ type: 'i', value });
const f = (value: number): Arg => ({ type: 'f', value });
const valuesOf = ({ args }: OscMessage): unknown[] =>
  args.map((arg) => ('value' in arg ? arg.value : arg.type));

interface VirtualOutput {
  openVirtualPort(name: string): void;
  sendMessage(bytes: readonly number[]): void;
  destroy(): void;
}

function createOutput(): VirtualOutput | undefined {
  if (process.platform === 'win32' || (process.platform === 'linux' && !existsSync('/dev/snd/seq')))
    return undefined;
  try {
    const { Output } = createRequire(import.meta.url)('@julusian/midi') as {
      Output: new () => VirtualOutput;
    };
    return new Output();
  } catch {
    return undefined;
  }
}

describe('MIDI bindings of a live engine', function () {
  this.timeout(LIVE_TEST_MS);
  const folder = useSuiteTempFolder();
  let playing: RunningCli;
  let client: OscClient;

  before(async () => {
    const own = join(folder.path(), 'presets');
    mkdirSync(own);
    writeFileSync(join(own, 'mine.json'), readFileSync(join(presetsFolder(), 'drift.json')));
    const mapping = (bindings: unknown) => ({ format: 'sashimi-live/bindings', formatVersion: 1, bindings });
    const ofPreset = mapping([{ control: 'cc:5 desk', to: '/node/*/gainDb', mode: 'pickup' }]);
    writeFileSync(join(own, 'mine.bindings.json'), JSON.stringify(ofPreset));
    writeFileSync(
      folder.path('start.bindings.json'),
      JSON.stringify(mapping([{ control: 'bend', to: '/master/gain', min: -20, max: 0 }])),
    );
    const args = ['play', 'shore', '--sink', 'null', '--osc-port', '0', '--no-query'];
    playing = startCli([...args, '--bindings', 'start.bindings.json'], folder.path(), {}, folder.path());
    const [, port = ''] = await playing.sees(/OSC on udp 127\.0\.0\.1:(\d+)/);
    client = await createOscClient({ port: Number(port) });
    await answer('/notify', i(1));
    await statusWhere(client, ({ frame }) => Number(frame) > 0);
  });
  after(async () => {
    await client.close();
    assert.equal(await playing.interrupt(), 0);
  });

  /** What follows the address in `/done`, or the code in `/fail`. */
  async function answer(address: string, ...args: Arg[]): Promise<unknown[]> {
    const answered = firstValueFrom(
      client.messages$.pipe(
        filter((m) => (m.address === '/done' || m.address === '/fail') && valuesOf(m)[0] === address),
      ),
    );
    await client.send(address, args);
    const message = await answered;
    const [, ...rest] = valuesOf(message);
    return message.address === '/fail' ? ['fail', rest[0]] : rest;
  }

  it('are given at the start, added, set, listed and removed', async () => {
    assert.deepEqual(await answer('/bind/list'), [1, 'bend', '/master/gain', '-20 to 0']);
    assert.deepEqual(
      await answer('/bind/add', s('cc:21@1 desk'), s('/node/model/temperature'), f(0.5), f(1.25)),
      [2],
    );
    assert.deepEqual(await answer('/bind/set', i(2), s('pickup s')), []);
    assert.deepEqual(await answer('/bind/add', s('note:36'), s('/preset/load drift')), [3]);
    assert.deepEqual(await answer('/bind/remove', i(1)), []);
    assert.deepEqual(await answer('/bind/list'), [
      ...[2, 'cc:21@1 desk', '/node/model/temperature', '0.5 to 1.25 s pickup'],
      ...[3, 'note:36', '/preset/load drift', ''],
    ]);
  });

  it('are refused with a code, and nothing changes', async () => {
    const before = await answer('/bind/list');
    assert.deepEqual(await answer('/bind/add', s('fader 1'), s('/master/gain')), ['fail', 'BIND_CONTROL']);
    assert.deepEqual(await answer('/bind/add', s('cc:1'), s('/status')), ['fail', 'BIND_TARGET']);
    assert.deepEqual(await answer('/bind/add', s('cc:1'), s('/preset/load')), ['fail', 'BIND_TARGET']);
    assert.deepEqual(await answer('/bind/set', i(2), s('quick')), ['fail', 'BIND_OPTION']);
    assert.deepEqual(await answer('/bind/remove', i(99)), ['fail', 'BIND_NO_SUCH']);
    assert.deepEqual(await answer('/bind/save', s('../../etc/x')), ['fail', 'BIND_NAME']);
    assert.deepEqual(await answer('/bind/load', s('no-such')), ['fail', 'BIND_FILE']);
    assert.deepEqual(await answer('/bind/learn', s('nowhere')), ['fail', 'BIND_TARGET']);
    assert.deepEqual(await answer('/bind/learn', s('/node/model/temperature')), []);
    assert.deepEqual(await answer('/bind/cancel'), []);
    assert.deepEqual(await answer('/bind/list'), before);
  });

  it('are saved and loaded, and come and go with a preset that has its own', async () => {
    const before = await answer('/bind/list');
    assert.deepEqual(await answer('/bind/save', s('desk')), []);
    assert.ok(existsSync(join(folder.path(), 'presets', 'desk.bindings.json')));
    await answer('/bind/remove', i(2));
    assert.deepEqual(await answer('/bind/load', s('desk')), []);
    const texts = (list: readonly unknown[]) => list.filter((one) => typeof one === 'string');
    assert.deepEqual(texts(await answer('/bind/list')), texts(before));
    assert.deepEqual(await answer('/preset/load', s('presets/mine.json')), []);
    assert.deepEqual(texts(await answer('/bind/list')), [
      ...texts(before),
      ...['cc:5 desk', '/node/*/gainDb', 'pickup'],
    ]);
    assert.deepEqual(await answer('/preset/load', s('shore')), []);
    assert.deepEqual(texts(await answer('/bind/list')), texts(before));
  });

  it('tell an address that the patch has not, and wait for it', async () => {
    const told = firstValueFrom(
      client.messages$.pipe(
        filter((m) => m.address === '/event/warning' && valuesOf(m)[1] === 'BIND_ADDRESS_ABSENT'),
      ),
    );
    const [id] = await answer('/bind/add', s('cc:9'), s('/node/nobody/gainDb'));
    assert.match(String(valuesOf(await told)[2]), /cc:9 to \/node\/nobody\/gainDb/);
    assert.deepEqual(await answer('/bind/remove', i(id as number)), []);
  });

  it('outlive an engine that is killed', async () => {
    const before = await answer('/bind/list');
    const restarted = firstValueFrom(
      client.messages$.pipe(filter((m) => m.address === '/event/engine-restarted')),
    );
    const [, pid] = await playing.sees(/process (\d+)/);
    await handedOn(client);
    process.kill(Number(pid), 'SIGKILL');
    await restarted;
    const texts = (list: readonly unknown[]) => list.filter((one) => typeof one === 'string');
    assert.deepEqual(texts(await answer('/bind/list')), texts(before));
  });

  it('move what they are bound to', async function () {
    const output = createOutput();
    if (output === undefined) {
      console.log('      no MIDI on this machine (no ALSA sequencer): skipped');
      this.skip();
    }
    output.openVirtualPort('sashimi test desk');
    try {
      const learned = firstValueFrom(
        client.messages$.pipe(filter((m) => m.address === '/event/control-learned')),
      );
      assert.deepEqual(await answer('/bind/learn', s('/master/gain'), f(-20), f(0)), []);
      let isLearned = false;
      void learned.then(() => {
        isLearned = true;
      });
      for (let n = 0; !isLearned; n++) {
        output.sendMessage([0xb0, 21, n % 128]);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      output.sendMessage([0xb0, 21, 0]);
      await statusWhere(client, ({ masterGainDb }) => masterGainDb === -20);
    } finally {
      output.destroy();
    }
  });
});
