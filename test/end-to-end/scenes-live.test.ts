/** Presets of one's own, snapshots, morphs, cues and edits on the disk, on a live engine. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filter, firstValueFrom } from 'rxjs';
import type { Patch } from '../../graph/index.js';
import { packageRoot } from '../../models/package-root.js';
import { createOscClient, type OscClient, type OscMessage } from '../../src/osc/index.js';
import { engineStatus, handedOn } from '../support/engine-status.js';
import { LIVE_TEST_MS, PATIENCE_MS } from '../support/patience.js';
import { type RunningCli, startCli } from '../support/start-cli.js';
import { useSuiteTempFolder } from '../support/temp-folder.js';

const f = (value: number) => ({ type: 'f', value }) as const;
const s = (value: string) => ({ type: 's', value }) as const;

function valuesOf({ args }: OscMessage): readonly unknown[] {
  return args.map((arg) => 'value' in arg && arg.value);
}

describe('scenes of a live engine', function () {
  this.timeout(LIVE_TEST_MS);
  const folder = useSuiteTempFolder();
  let playing: RunningCli;
  let client: OscClient;
  let mine: Patch;

  before(async () => {
    mine = JSON.parse(readFileSync(join(packageRoot(), 'presets/shore.json'), 'utf8')) as Patch;
    mkdirSync(folder.path('own/cues'), { recursive: true });
    writeMine(mine);
    const own = ['--preset-folder', folder.path('own')];
    playing = startCli(
      ['play', 'mine', '--sink', 'null', '--osc-port', '0', '--no-query', ...own],
      folder.path(),
    );
    const [, port = ''] = await playing.sees(/OSC on udp 127\.0\.0\.1:(\d+)/);
    client = await createOscClient({ port: Number(port) });
    await until(async () => (await status('frame')) > 0);
    await client.request('/notify', [{ type: 'i', value: 1 }], '/done', PATIENCE_MS);
  });
  after(async () => {
    await client.close();
    assert.equal(await playing.interrupt(), 0);
  });

  function writeMine(patch: object): void {
    writeFileSync(folder.path('own/mine.json'), JSON.stringify({ ...patch, $schema: undefined }));
  }

  /** The test's time limit ends it. */
  async function until(isSo: () => Promise<boolean>): Promise<void> {
    while (!(await isSo().catch(() => false))) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async function status(name: string): Promise<number> {
    return Number((await engineStatus(client))[name]);
  }

  const ask = async (address: string, ...args: Parameters<OscClient['request']>[1]) =>
    valuesOf(await client.request(address, args, '/done', PATIENCE_MS)).slice(1);
  const event = (kind: string, isIt: (values: readonly unknown[]) => boolean = () => true) =>
    firstValueFrom(client.messages$.pipe(filter((m) => m.address === `/event/${kind}` && isIt(valuesOf(m)))));

  /** Of the patch that plays, as the engine knows it. */
  async function gainDb(): Promise<number> {
    await ask('/snapshot/store', s('probe'));
    const probe = JSON.parse(readFileSync(folder.path('own/snapshots/probe.json'), 'utf8'));
    return probe.params.level.gainDb;
  }

  it('stores, recalls, lists and deletes snapshots', async () => {
    await client.send('/node/level/gainDb', [f(-3)]);
    await until(async () => (await gainDb()) === -3);
    await ask('/snapshot/store', s('calm'));
    await client.send('/node/level/gainDb', [f(-20)]);
    await until(async () => (await gainDb()) === -20);
    await ask('/snapshot/store', s('wild'));
    const [numParams] = await ask('/snapshot/recall', s('calm'));
    assert.ok(Number(numParams) > 3);
    await until(async () => (await gainDb()) === -3);
    assert.deepEqual(await ask('/snapshot/list'), ['calm', 'probe', 'wild']);
    await ask('/snapshot/delete', s('probe'));
    assert.deepEqual(await ask('/snapshot/list'), ['calm', 'wild']);
    await assert.rejects(ask('/snapshot/recall', s('probe')), { code: 'SCENE_NOT_FOUND' });
    await assert.rejects(ask('/snapshot/store', s('../probe')), { code: 'SCENE_NAME' });
  });

  it('morphs by a fader and over a time, and yields to a hand', async () => {
    await ask('/morph', s('calm'), s('wild'), f(0.5));
    await until(async () => (await gainDb()) === -11.5);
    await ask('/morph/to', s('wild'), f(300), s('s'));
    await until(async () => (await gainDb()) === -20);
    await ask('/morph/to', s('calm'), f(60_000), s('s'));
    await until(async () => (await gainDb()) > -20);
    await client.send('/node/level/gainDb', [f(-1)]);
    await until(async () => (await gainDb()) === -1);
    const frame = await status('frame');
    await until(async () => (await status('frame')) > frame + 48_000);
    assert.equal(await gainDb(), -1);
    await assert.rejects(ask('/morph/to', s('calm'), f(-1)), { code: 'SCENE_TIME' });
    await assert.rejects(ask('/morph/to', s('calm'), f(1), s('zigzag')), { code: 'SCENE_CURVE' });
  });

  it('keeps the patch that plays as a preset, and none of those that came along', async () => {
    await client.send('/node/level/gainDb', [f(-5)]);
    await until(async () => (await gainDb()) === -5);
    await ask('/preset/save', s('evening'));
    const kept = JSON.parse(readFileSync(folder.path('own/evening.json'), 'utf8')) as Patch;
    assert.equal(kept.nodes.find(({ id }) => id === 'level')?.params.gainDb, -5);
    const names = await ask('/preset/list');
    for (const name of ['evening', 'mine', 'shore']) assert.ok(names.includes(name), name);
    await assert.rejects(ask('/preset/save', s('shore')), { code: 'SCENE_TAKEN' });
    await assert.rejects(ask('/preset/delete', s('shore')), { code: 'SCENE_TAKEN' });
    await assert.rejects(ask('/preset/save', s('../shore')), { code: 'SCENE_NAME' });
    await client.send('/node/level/gainDb', [f(-9)]);
    await ask('/preset/load', s('evening'), f(500));
    await until(async () => (await gainDb()) === -5);
    await ask('/preset/delete', s('evening'));
    assert.ok(!existsSync(folder.path('own/evening.json')));
    await ask('/preset/load', s('mine'));
  });

  it('does what is asked in its order: what follows a load means the patch that was loaded', async () => {
    await Promise.all([
      ask('/preset/load', s('drift')),
      ask('/snapshot/store', s('drifting')),
      client.send('/preset/load', [s('mine')]),
      ask('/snapshot/recall', s('wild')),
    ]);
    const drifting = JSON.parse(readFileSync(folder.path('own/snapshots/drifting.json'), 'utf8'));
    assert.equal(drifting.preset, 'drift');
    await until(async () => (await gainDb()) === -20);
  });

  it('tells what of a snapshot the patch has not', async () => {
    const params = { nobody: { x: 1 }, level: { gainDb: -7 } };
    const snapshot = { format: 'sashimi-live/snapshot', formatVersion: 1, params };
    writeFileSync(folder.path('own/snapshots/foreign.json'), JSON.stringify(snapshot));
    const warning = event('warning', ([, code]) => code === 'SCENE_SKIPPED');
    assert.deepEqual(await ask('/snapshot/recall', s('foreign'), f(10)), [1]);
    await warning;
    await until(async () => (await gainDb()) === -7);
  });

  it('hears edits of the file that plays, and plays on when one is broken', async () => {
    const { temperature } = mine.nodes.find(({ id }) => id === 'model')!.params;
    assert.notEqual(temperature, 0.5);
    await client.send('/node/model/temperature', [f(0.5)]);
    const nodes = mine.nodes.map((node) =>
      node.id === 'level' ? { ...node, params: { ...node.params, gainDb: -8 } } : node,
    );
    writeMine({ ...mine, nodes });
    await until(async () => (await gainDb()) === -8);
    const params = JSON.parse(readFileSync(folder.path('own/snapshots/probe.json'), 'utf8')).params;
    assert.equal(params.model.temperature, 0.5);

    // Saving over the file that plays is no edit: what is set afterwards stays.
    await ask('/preset/save', s('mine'));
    await client.send('/node/level/gainDb', [f(-4)]);
    const frame = await status('frame');
    await until(async () => (await status('frame')) > frame + 60_000);
    assert.equal(await gainDb(), -4);

    const warning = event('warning', ([source]) => source === 'preset');
    writeFileSync(folder.path('own/mine.json'), '{ "format": ');
    assert.equal(valuesOf(await warning)[1], 'PATCH_JSON');
    assert.equal(await gainDb(), -4);

    const loaded = event('preset-loaded');
    // It also takes the temperature back, which the save had put into the file.
    const more = { id: 'extra', type: 'gain', params: { gainDb: -2 } };
    const edges = [...mine.edges, { from: mine.output, to: 'extra.audio' }];
    writeMine({ ...mine, nodes: [...nodes, more], edges, output: 'extra.audio' });
    await loaded;
    await client.send('/node/extra/gainDb', [f(-1)]);
    await until(async () => {
      await gainDb();
      const probe = JSON.parse(readFileSync(folder.path('own/snapshots/probe.json'), 'utf8'));
      return probe.params.extra.gainDb === -1 && probe.params.model.temperature === temperature;
    });
  });

  it('goes through a cue list, and knows where it stood when it was killed', async () => {
    const cues = [
      { name: 'dawn', snapshot: 'calm', ms: 50 },
      { name: 'storm', preset: 'shore', snapshot: 'wild', ms: 100, followMs: 50 },
      { name: 'night', snapshot: 'calm' },
    ];
    const list = { format: 'sashimi-live/cues', formatVersion: 1, cues };
    writeFileSync(folder.path('own/cues/show.json'), JSON.stringify(list));
    await assert.rejects(ask('/cue/go'), { code: 'SCENE_CUE' });
    assert.deepEqual(await ask('/cue/load', s('show')), [3]);
    assert.deepEqual(await ask('/cue/go'), [1, 'dawn']);
    await until(async () => (await gainDb()) === -3);
    const night = event('cue', ([number]) => number === 3);
    assert.deepEqual(await ask('/cue/go'), [2, 'storm']);
    assert.deepEqual(valuesOf(await night), [3, 'night']);
    assert.deepEqual(await ask('/cue/list'), [3, 'dawn', 'storm', 'night']);
    await until(async () => (await gainDb()) === -3);
    assert.deepEqual(await ask('/cue/back'), [2, 'storm']);
    assert.deepEqual(await ask('/cue/goto', { type: 'i', value: 1 }), [1, 'dawn']);
    await until(async () => (await gainDb()) === -3);

    const restarted = event('engine-restarted');
    const [, pid = ''] = await playing.sees(/process (\d+)/);
    await handedOn(client);
    process.kill(Number(pid), 'SIGKILL');
    await restarted;
    await until(async () => (await ask('/cue/list'))[0] === 1);
    await until(async () => (await gainDb()) === -3);
    assert.deepEqual(await ask('/cue/go'), [2, 'storm']);
  });
});
