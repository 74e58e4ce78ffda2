/** Files outside the project, named in messages in every way: none is read, none is written, and the sound goes on. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../models/index.js';
import { createOscClient, type OscClient } from '../../src/osc/index.js';
import { LIVE_TEST_MS, PATIENCE_MS } from '../support/patience.js';
import { type RunningCli, startCli } from '../support/start-cli.js';
import { useSuiteTempFolder } from '../support/temp-folder.js';

const s = (value: string) => ({ type: 's', value }) as const;

describe('a live engine that is told of files elsewhere', function () {
  this.timeout(LIVE_TEST_MS);
  const folder = useSuiteTempFolder();
  let playing: RunningCli;
  let client: OscClient;

  before(async () => {
    const project = folder.path('project');
    mkdirSync(join(project, 'states'), { recursive: true });
    const sound = join(packageRoot(), 'models', 'zoo', 'textures', 'held-out', 'water.wav');
    copyFileSync(sound, folder.path('secret.wav'));
    copyFileSync(sound, join(project, 'mine.wav'));
    copyFileSync(join(packageRoot(), 'presets', 'shore.json'), folder.path('secret.json'));
    for (const file of ['secret.wav', 'secret.json'])
      symlinkSync(folder.path(file), join(project, `link-${file}`));
    const args = ['play', 'shore', '--sink', 'null', '--osc-port', '0', '--no-query'];
    playing = startCli(args, folder.path(), {}, project);
    const [, port] = await playing.sees(/OSC on udp 127\.0\.0\.1:(\d+)/);
    client = await createOscClient({ port: Number(port) });
  });
  after(async () => {
    await client.close();
    assert.equal(await playing.interrupt(), 0);
  });

  const told = (address: string, text: string): Promise<string> =>
    client.request(address, [s(text)], '/done', PATIENCE_MS).then(
      () => 'done',
      (error: { code: string }) => error.code,
    );
  const outside = (file: string): readonly string[] => [
    `../${file}`,
    `./../${file}`,
    folder.path(file),
    `link-${file}`,
    `../project/../${file}`,
    '../../../../../../../../etc/passwd',
    '/etc/passwd',
    '/dev/zero',
    '/proc/self/environ',
    '.',
    '..',
    '',
  ];

  it('hears only what lies inside', async () => {
    await client.request('/node/model/prime', [s('mine.wav')], '/done', PATIENCE_MS);
    for (const text of outside('secret.wav'))
      assert.match(await told('/node/model/prime', text), /^(AUDIO_FILE|NODE)_/, text);
  });

  it('loads only presets that lie inside', async () => {
    for (const text of outside('secret.json'))
      assert.match(await told('/preset/load', text), /^ENGINE_PRESET_/, text);
  });

  it('takes no path for the name of a state', async () => {
    assert.equal(await told('/node/model/state/store', 'mine'), 'done');
    assert.equal(await told('/node/model/state/save', 'mine'), 'done');
    for (const action of ['store', 'recall', 'save', 'load'])
      for (const text of [...outside('secret.state'), 'a/b', '../states/mine', 'mine.state', 'x'.repeat(300)])
        assert.notEqual(await told(`/node/model/state/${action}`, text), 'done', `${action} ${text}`);
    assert.deepEqual(readdirSync(folder.path('project/states')), ['mine.state']);
    for (const file of readdirSync(folder.path())) assert.ok(!file.endsWith('.state'), file);
  });
});
