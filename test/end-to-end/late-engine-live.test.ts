import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { filter, firstValueFrom, toArray } from 'rxjs';
import { packageRoot } from '../../models/index.js';
import {
  type PlayEvent,
  type PlayHandle,
  type PlayOptions,
  playDefaults,
  startPlay,
} from '../../src/process/index.js';
import { meetingPlace } from '../../src/process/runtime-dir.js';
import { LIVE_TEST_MS } from '../support/patience.js';
import { useTempFolder } from '../support/temp-folder.js';

const supervisorScript = fileURLToPath(new URL('../support/supervisor-process.js', import.meta.url));

const patch = {
  format: 'sashimi-live/patch',
  formatVersion: 1,
  title: 'Tone',
  nodes: [{ id: 'tone', type: 'example-drone' }],
  edges: [],
  output: 'tone.audio',
};

/** A plugin that holds up the engine's main thread, or its audio thread, for as long as a file is there. */
const holdingPlugin = `
import { existsSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

export const nodes = [];

const file = new URL(isMainThread ? './hold-main' : './hold-audio', import.meta.url);
const nobody = new Int32Array(new SharedArrayBuffer(4));
if (/(engine-main|audio-worker)\\.js$/.test(process.argv[1])) {
  setInterval(() => {
    while (existsSync(file)) Atomics.wait(nobody, 0, 0, 10);
  }, 10).unref();
}
`;

describe('an engine whose main thread is held up', function () {
  this.timeout(LIVE_TEST_MS);
  const folder = useTempFolder();
  let options: PlayOptions;
  let handle: PlayHandle;

  beforeEach(async () => {
    writeFileSync(folder.path('tone.json'), JSON.stringify(patch));
    writeFileSync(folder.path('hold.mjs'), holdingPlugin);
    options = {
      ...playDefaults,
      preset: folder.path('tone.json'),
      sink: { type: 'null' },
      oscPort: 0,
      plugins: [join(packageRoot(), 'test', 'fixtures', 'example-plugin'), folder.path('hold.mjs')],
    };
  });

  afterEach(() => handle.stop());

  async function play(): Promise<void> {
    handle = await startPlay(options);
    await framesPass(0);
  }

  const hold = (thread: 'main' | 'audio') => writeFileSync(folder.path(`hold-${thread}`), '');
  const release = () => {
    for (const thread of ['main', 'audio']) rmSync(folder.path(`hold-${thread}`), { force: true });
  };

  async function framesPass(from: number): Promise<void> {
    await firstValueFrom(handle.status$.pipe(filter(({ frame }) => frame > from)));
  }

  /** What the supervisor makes of it, and then nothing is held up any more. */
  async function verdict(): Promise<PlayEvent> {
    const isVerdict = ({ kind, code }: PlayEvent) => kind === 'engine-died' || code === 'ENGINE_LATE';
    const event = await firstValueFrom(handle.events$.pipe(filter(isVerdict)));
    release();
    return event;
  }

  it('plays on, which is told, and answers when it can', async () => {
    await play();
    hold('main');
    const { kind, message } = await verdict();
    assert.equal(kind, 'warning', message);
    const late = await firstValueFrom(handle.status$);
    await framesPass(late.frame);
    const after = await firstValueFrom(handle.status$);
    assert.equal(after.restarts, 0);
    assert.ok(after.uptimeSeconds > late.uptimeSeconds, 'it is the same engine');
  });

  it('plays on under a supervisor that took it over', async () => {
    options = { ...options, oscPort: await freeUdpPort() };
    const first = spawn(process.execPath, [supervisorScript, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(first.stdout, 'data');
    first.kill('SIGKILL');
    await once(first, 'exit');
    await play();
    assert.equal(handle.attached, true);
    hold('main');
    const { kind, message } = await verdict();
    assert.equal(kind, 'warning', message);
  });

  it('ends at once when it is told to before it plays', async () => {
    // Its import waits for as long as the file is there.
    const slow = `
      import { existsSync } from 'node:fs';
      import { setTimeout as sleep } from 'node:timers/promises';
      while (existsSync(new URL('./hold-main', import.meta.url))) await sleep(10);
      export const nodes = [];
    `;
    writeFileSync(folder.path('slow.mjs'), slow);
    hold('main');
    options = { ...options, oscPort: await freeUdpPort(), plugins: [folder.path('slow.mjs')] };
    const first = spawn(process.execPath, [supervisorScript, JSON.stringify(options)], { stdio: 'inherit' });
    const { socketPath } = meetingPlace(options.oscPort);
    while (!existsSync(socketPath)) await sleep(20);
    first.kill('SIGKILL');
    await once(first, 'exit');
    handle = await startPlay(options);
    assert.equal(handle.attached, true);
    await handle.stop();
    assert.equal(await handle.done, 0);
    const events = await firstValueFrom(handle.events$.pipe(toArray()));
    assert.match(events.at(-1)!.message, /has faded out/);
  });

  it('is started again when its sound has stopped, too', async () => {
    await play();
    hold('audio');
    hold('main');
    const { kind, code } = await verdict();
    assert.equal(kind, 'engine-died');
    assert.equal(code, 'ENGINE_STALLED');
    await firstValueFrom(handle.events$.pipe(filter((event) => event.kind === 'engine-restarted')));
  });
});

function freeUdpPort(): Promise<number> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}
