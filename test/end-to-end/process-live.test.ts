import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filter, firstValueFrom, map } from 'rxjs';
import { packageRoot } from '../../models/index.js';
import { builtInDrivers } from '../../nodes/index.js';
import { askStatus } from '../../src/cli/ask-status.js';
import type { EngineStatus } from '../../src/control/index.js';
import { createOscClient, type OscClient } from '../../src/osc/index.js';
import {
  type PlayEvent,
  type PlayEventKind,
  type PlayHandle,
  type PlayOptions,
  playDefaults,
  startPlay,
} from '../../src/process/index.js';
import { LIVE_TEST_MS, PATIENCE_MS } from '../support/patience.js';
import { useTempFolder } from '../support/temp-folder.js';

const supervisorScript = fileURLToPath(new URL('../support/supervisor-process.js', import.meta.url));

/** A tone of a known level, from a plugin: needs no model, so the tests run the same everywhere. */
const tonePatch = {
  format: 'sashimi-live/patch',
  formatVersion: 1,
  title: 'Tone',
  nodes: [
    { id: 'tone', type: 'example-drone' },
    { id: 'level', type: 'gain' },
  ],
  edges: [{ from: 'tone.audio', to: 'level.audio' }],
  output: 'level.audio',
};

describe('two processes', function () {
  this.timeout(LIVE_TEST_MS);
  const folder = useTempFolder();
  let options: PlayOptions;
  let handles: PlayHandle[];
  let clients: OscClient[];
  let children: ChildProcess[];

  beforeEach(async () => {
    handles = [];
    clients = [];
    children = [];
    writeFileSync(folder.path('tone.json'), JSON.stringify(tonePatch));
    options = {
      ...playDefaults,
      preset: folder.path('tone.json'),
      sink: { type: 'null' },
      oscPort: await freePort(),
      plugins: [join(packageRoot(), 'test', 'fixtures', 'example-plugin')],
    };
  });

  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(clients.map((client) => client.close()));
    await Promise.all(handles.map((handle) => handle.stop()));
  });

  async function play(more: Partial<PlayOptions> = {}): Promise<PlayHandle> {
    const handle = await startPlay({ ...options, ...more });
    handles.push(handle);
    return handle;
  }

  async function oscClient(): Promise<OscClient> {
    const client = await createOscClient({ port: options.oscPort });
    clients.push(client);
    return client;
  }

  const status = () => askStatus('127.0.0.1', options.oscPort, PATIENCE_MS);

  it('plays on after kill -9 of the engine, with its params, and tells so over OSC', async () => {
    const handle = await play();
    const osc = await oscClient();
    await osc.request('/notify', [{ type: 'i', value: 1 }], '/done', PATIENCE_MS);
    await osc.send('/node/level/gainDb', [{ type: 'f', value: -20 }]);
    await osc.send('/master/gain', [{ type: 'f', value: -6 }]);
    // The tone has -12.04 dBFS.
    await statusWhere(handle, ({ peakDb }) => Math.abs(peakDb + 38.04) < 0.2);

    const told = firstValueFrom(
      osc.messages$.pipe(filter(({ address }) => address === '/event/engine-restarted')),
    );
    const restarted = nextEvent(handle, 'engine-restarted');
    process.kill(await enginePid(handle), 'SIGKILL');
    await restarted;
    const { args } = await told;
    assert.deepEqual(args[0], { type: 'i', value: 1 });
    assert.match(String((args[1] as { value: unknown }).value), /SIGKILL/);

    const after = await statusWhere(handle, ({ restarts, frame }) => restarts === 1 && frame > 48_000);
    assert.ok(Math.abs(after.peakDb + 38.04) < 0.2, `${after.peakDb}`);
    assert.equal(after.masterGainDb, -6);
    assert.equal(after.preset, 'tone');
    await statusWhere(handle, ({ frame }) => frame > after.frame);
  });

  it('keeps the preset that was loaded over OSC through a restart', async () => {
    const other = {
      ...tonePatch,
      nodes: [tonePatch.nodes[0], { ...tonePatch.nodes[1], params: { gainDb: -40 } }],
    };
    writeFileSync(folder.path('quiet.json'), JSON.stringify(other));
    const cwd = process.cwd();
    process.chdir(folder.path());
    const handle = await play().finally(() => process.chdir(cwd));
    const osc = await oscClient();
    await osc.request('/preset/load', [{ type: 's', value: 'quiet.json' }], '/done', PATIENCE_MS);
    await statusWhere(handle, ({ preset, peakDb }) => preset === 'quiet' && Math.abs(peakDb + 52.04) < 0.2);
    const restarted = nextEvent(handle, 'engine-restarted');
    process.kill(await enginePid(handle), 'SIGKILL');
    await restarted;
    const after = await statusWhere(handle, ({ restarts, frame }) => restarts === 1 && frame > 24_000);
    assert.equal(after.preset, 'quiet');
    assert.ok(Math.abs(after.peakDb + 52.04) < 0.2, `${after.peakDb}`);
  });

  it('refuses presets of folders that nobody opened to the network', async () => {
    await play();
    const osc = await oscClient();
    const load = (value: string) => osc.request('/preset/load', [{ type: 's', value }], '/done', PATIENCE_MS);
    await assert.rejects(load('/etc/passwd'), { code: 'ENGINE_PRESET_NAME' });
    await assert.rejects(load(folder.path('tone.json')), { code: 'ENGINE_PRESET_NAME' });
    await assert.rejects(load('no-such-preset'), { code: 'ENGINE_PRESET_NOT_FOUND' });
    assert.equal((await status()).preset, 'tone');
  });

  it('plays on without its supervisor, and the next one takes it over', async () => {
    const supervisor = spawn(process.execPath, [supervisorScript, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(supervisor);
    await once(supervisor.stdout, 'data');
    await framesAdvance(status);
    const { uptimeSeconds } = await status();

    supervisor.kill('SIGKILL');
    await once(supervisor, 'exit');
    const handle = await play();
    assert.equal(handle.attached, true);
    const after = await statusWhere(handle, ({ frame }) => frame > 0);
    assert.ok(after.uptimeSeconds > Number(uptimeSeconds), 'it is the same engine');
    assert.equal(after.restarts, 0);

    // The one that took over restarts it like its own.
    const restarted = nextEvent(handle, 'engine-restarted');
    process.kill(await enginePid(handle), 'SIGKILL');
    await restarted;
    await statusWhere(handle, ({ restarts, frame }) => restarts === 1 && frame > 0);
  });

  it('refuses a second supervisor on the same port, which leaves no engine of its own', async () => {
    const first = await play();
    await assert.rejects(startPlay(options), { code: 'ENGINE_TAKEN' });
    await framesAdvance(status);
    await first.stop();
    await assert.rejects(askStatus('127.0.0.1', options.oscPort, 1000), { code: 'OSC_TIMEOUT' });
  });

  it('refuses a port that another program holds, and says what to do', async () => {
    const holder = createSocket('udp4');
    holder.bind(options.oscPort, '127.0.0.1');
    await once(holder, 'listening');
    try {
      await assert.rejects(startPlay(options), (error: { code: string; remedy: string }) => {
        assert.equal(error.code, 'OSC_PORT_IN_USE');
        assert.match(error.remedy, /--osc-port/);
        return true;
      });
    } finally {
      holder.close();
    }
  });

  it('rejects a start that cannot succeed with the code of its cause', async () => {
    const bad = (nodes: unknown, output: string) => {
      writeFileSync(folder.path('bad.json'), JSON.stringify({ ...tonePatch, nodes, edges: [], output }));
      return startPlay({ ...options, preset: folder.path('bad.json') });
    };
    await assert.rejects(startPlay({ ...options, preset: 'no-such-preset' }), {
      code: 'ENGINE_PRESET_NOT_FOUND',
    });
    await assert.rejects(startPlay({ ...options, plugins: ['no-such-plugin'] }), {
      code: 'PLUGIN_NOT_FOUND',
    });
    await assert.rejects(bad([{ id: 'm', type: 'sashimi', settings: { bundle: 'no-such' } }], 'm.audio'), {
      code: 'ENGINE_BUNDLE_NOT_FOUND',
    });
    await assert.rejects(bad([{ id: 'm', type: 'no-such' }], 'm.audio'), { code: 'GRAPH_UNKNOWN_TYPE' });
  });

  it('ends by /quit, both processes', async () => {
    const handle = await play();
    const pid = await enginePid(handle);
    const osc = await oscClient();
    await osc.request('/quit', [], '/done', PATIENCE_MS);
    assert.equal(await handle.done, 0);
    await gone(pid);
  });

  it('ends by SIGTERM to the engine, with exit code 0', async () => {
    const handle = await play();
    process.kill(await enginePid(handle), 'SIGTERM');
    assert.equal(await handle.done, 0);
  });

  it('writes a playable file live and closes it when it is stopped', async () => {
    const file = folder.path('live.wav');
    const handle = await play({ sink: { type: 'wav-file', path: file } });
    await statusWhere(handle, ({ frame }) => frame > 24_000);
    await handle.stop();
    assert.equal(await handle.done, 0);
    assert.ok(existsSync(file));
    const { default: wavefile } = await import('wavefile');
    const { readFileSync } = await import('node:fs');
    const wav = new wavefile.WaveFile(readFileSync(file));
    const samples = wav.getSamples(false, Float64Array) as unknown as Float64Array[];
    assert.ok(samples[0]!.length > 24_000);
    // Faded out: the end is silent.
    assert.ok(samples[0]!.slice(-64).every((x) => Math.abs(x) < 2));
  });

  it('waits for a device that was asked for by name', async function () {
    if (!(await canWaitForDevices())) {
      this.test!.title += ' (skipped: no sink driver is installed)';
      this.skip();
    }
    const handle = await play({ sink: { type: 'speaker', device: 'no such device' } });
    const { message } = await nextEvent(handle, 'waiting');
    assert.match(message, /Waits for the device/);
    assert.equal((await status()).frame, 0);
  });
});

async function canWaitForDevices(): Promise<boolean> {
  const drivers = builtInDrivers()
    .list()
    .filter(({ name }) => name !== 'null');
  const probes = await Promise.all(drivers.map((driver) => driver.probe()));
  return probes.some((probe) => probe.available || probe.isDeviceMissing === true);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

function statusWhere(
  handle: PlayHandle,
  condition: (status: EngineStatus) => boolean,
): Promise<EngineStatus> {
  return firstValueFrom(handle.status$.pipe(filter(condition)));
}

/** The first event of this kind from now on; those before are skipped when they were not the last to come. */
function nextEvent(handle: PlayHandle, kind: PlayEventKind): Promise<PlayEvent> {
  return firstValueFrom(handle.events$.pipe(filter((event) => event.kind === kind)));
}

/** Told by the engine when it started or was taken over. */
function enginePid(handle: PlayHandle): Promise<number> {
  return firstValueFrom(
    handle.events$.pipe(
      map(({ message }) => /process (\d+)/.exec(message)?.[1]),
      filter((pid) => pid !== undefined),
      map(Number),
    ),
  );
}

async function framesAdvance(status: () => Promise<Readonly<Record<string, unknown>>>): Promise<void> {
  const from = Number((await status()).frame);
  while (Number((await status()).frame) <= from + 4800)
    await new Promise((resolve) => setTimeout(resolve, 20));
}

async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
