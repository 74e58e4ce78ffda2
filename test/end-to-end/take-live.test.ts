/** Takes of a live engine in processes of its own: what was played is played again, sample for sample. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import wavefile from 'wavefile';
import { openAudioFile } from '../../src/audio-files/index.js';
import { createOscClient, type OscClient } from '../../src/osc/index.js';
import { readTake } from '../../src/takes/index.js';
import { statusWhere } from '../support/engine-status.js';
import { LIVE_TEST_MS, PATIENCE_MS } from '../support/patience.js';
import { runCli } from '../support/run-cli.js';
import { type RunningCli, startCli } from '../support/start-cli.js';
import { useTempFolder } from '../support/temp-folder.js';

interface Verified {
  readonly comparedFrames: number;
  readonly difference: { readonly frame: number } | null;
  readonly otherNode: { readonly nodeId: string } | null;
  readonly deviations: readonly { readonly sinceFrame: number }[];
}

const f = (value: number) => ({ type: 'f', value }) as const;

/** The first frame that is no silence. */
function firstHeard(file: string): number {
  const wav = new wavefile.WaveFile(readFileSync(file));
  const [left, right] = wav.getSamples(false, Float64Array) as unknown as Float64Array[];
  return left!.findIndex((sample, at) => sample !== 0 || right![at] !== 0);
}

describe('a take of a live engine', function () {
  this.timeout(LIVE_TEST_MS);
  const folder = useTempFolder();

  async function play(preset: string): Promise<{ playing: RunningCli; client: OscClient }> {
    const take = folder.path('take');
    const quiet = ['--sink', 'null', '--osc-port', '0', '--look-ahead', '200'];
    const playing = startCli(['play', preset, ...quiet, '--take', take], folder.path());
    const [, port = ''] = await playing.sees(/OSC on udp 127\.0\.0\.1:(\d+)/);
    return { playing, client: await createOscClient({ port: Number(port) }) };
  }

  async function verified(name: string, ...more: string[]): Promise<Verified> {
    const { code, stdout, stderr } = await runCli([
      'replay',
      folder.path(name),
      '--verify',
      '--json',
      ...more,
    ]);
    assert.ok(code <= 1 && stdout !== '', stderr);
    return JSON.parse(stdout) as Verified;
  }

  /** A machine that was too slow is told of, and the same up to there. */
  function assertSame({ comparedFrames, difference, deviations }: Verified): void {
    const since = Math.min(comparedFrames, ...deviations.map(({ sinceFrame }) => sinceFrame));
    if (difference !== null) assert.ok(difference.frame >= since, JSON.stringify({ difference, since }));
  }

  it('gives the same samples again: params of model and nodes, notes, another preset', async () => {
    const { playing, client } = await play('drift');
    await client.send('/node/model/temperature', [f(0.8)]);
    await client.send('/node/level/gainDb', [f(-9)]);
    await client.request('/preset/load', [{ type: 's', value: 'keys' }], '/done', PATIENCE_MS);
    for (const pitch of [60, 64, 67]) {
      await client.request('/node/keys/note', [{ type: 'i', value: pitch }, f(100)], '/done', PATIENCE_MS);
    }
    await client.send('/master/gain', [f(-6)]);
    await playing.sees(/\d:\d\d Keys \|/);
    await client.close();
    assert.equal(await playing.interrupt(), 0);
    const take = readTake(folder.path('take'));
    assert.ok(take.isComplete);
    assert.ok(take.entries.some(({ kind }) => kind === 'patch'));
    assert.ok(take.header.bundles.length > 0 && take.header.stepper !== '');
    const out = folder.path('again.wav');
    const report = await verified('take', '--out', out);
    assert.equal(report.comparedFrames, take.frames);
    assertSame(report);
    const stems = folder.path('stems');
    await verified('take', '--stems', stems, '--bit-depth', '24', '--sample-rate', '44100');
    const { patches } = JSON.parse(readFileSync(join(stems, 'stems.json'), 'utf8')) as {
      patches: { folder: string; presetName: string; firstFrame: number; files: { file: string }[] }[];
    };
    assert.deepEqual(
      patches.map(({ presetName }) => presetName),
      ['drift', 'keys'],
    );
    const [, second] = patches;
    const fadeOut = take.entries.find(({ kind }) => kind === 'fade-out')!;
    const frames = Math.round(((fadeOut.frame - second!.firstFrame) * 44_100) / 48_000);
    for (const { file } of second!.files) {
      const wav = await openAudioFile(join(stems, second!.folder, file));
      assert.equal(wav.format.sampleRate, 44_100);
      assert.equal(wav.format.frames, frames);
      wav.close();
    }
    if (report.difference === null) {
      const dataOf = (file: string): Buffer => {
        const bytes = readFileSync(file);
        return bytes.subarray(bytes.indexOf('data'));
      };
      assert.ok(dataOf(out).equals(dataOf(join(folder.path('take'), 'audio.wav'))));
    }
  });

  it('gives the same samples again where actions took their time and /panic built the patch anew', async () => {
    const { playing, client } = await play('shore');
    const s = (value: string) => ({ type: 's', value }) as const;
    await client.request(
      '/node/model/prime',
      [s('models/zoo/textures/held-out/birds.wav')],
      '/done',
      PATIENCE_MS,
    );
    await client.request('/node/model/state/store', [s('birds')], '/done', PATIENCE_MS);
    await client.request('/node/model/state/save', [s('birds')], '/done', PATIENCE_MS);
    await client.request('/panic', [], '/done', PATIENCE_MS);
    while (!readTake(folder.path('take')).entries.some(({ kind }) => kind === 'rebuilt')) await sleep(100);
    await assert.rejects(client.request('/node/model/prime', [s('none.wav')], '/done', PATIENCE_MS));
    await client.request('/node/model/state/load', [s('birds')], '/done', PATIENCE_MS);
    await client.request('/node/model/state/recall', [s('birds')], '/done', PATIENCE_MS);
    await statusWhere(client, ({ frame }) => Number(frame) > 96_000);
    await client.close();
    assert.equal(await playing.interrupt(), 0);
    const { entries } = readTake(folder.path('take'));
    assert.ok(entries.filter(({ kind }) => kind === 'settled').length >= 3);
    const report = await verified('take');
    assert.ok(report.comparedFrames > 48_000);
    assertSame(report);

    // Another gain in the file: the replay says where and from when on.
    const file = join(folder.path('take'), 'take.json');
    const header = JSON.parse(readFileSync(file, 'utf8')) as {
      patch: { nodes: { id: string; params: unknown }[] };
    };
    header.patch.nodes.find(({ id }) => id === 'level')!.params = { gainDb: -1 };
    writeFileSync(file, JSON.stringify(header));
    const changed = await verified('take');
    const heardFrom = firstHeard(join(folder.path('take'), 'audio.wav'));
    assert.ok(changed.difference !== null && changed.difference.frame >= heardFrom);
    assert.ok(changed.difference.frame < heardFrom + 4800, `${changed.difference.frame}, not ${heardFrom}`);
    if (changed.deviations.length === 0) assert.equal(changed.otherNode?.nodeId, 'level');
  });

  it('is readable after kill -9, and the engine that comes then keeps one of its own', async () => {
    const { playing, client } = await play('shore');
    await client.send('/node/level/gainDb', [f(-9)]);
    await playing.sees(/\d:\d[1-9] Shore \|/);
    while (readTake(folder.path('take')).frames < 48_000) await sleep(100);
    const [, pid] = await playing.sees(/process (\d+)/);
    process.kill(Number(pid), 'SIGKILL');
    await playing.sees(/Plays shore again/);
    await client.close();
    assert.equal(await playing.interrupt(), 0);
    const take = readTake(folder.path('take'));
    assert.ok(!take.isComplete && take.frames >= 48_000);
    assertSame(await verified('take'));
    assert.ok(readTake(folder.path('take-2')).isComplete);
    assertSame(await verified('take-2'));
  });

  it('is refused where it would sound different, and never written over', async () => {
    const { playing, client } = await play('shore');
    await client.close();
    assert.equal(await playing.interrupt(), 0);
    const header = join(folder.path('take'), 'take.json');
    const { code, stderr } = await runCli([
      'play',
      'shore',
      '--sink',
      'null',
      '--osc-port',
      '0',
      '--take',
      folder.path('take'),
    ]);
    assert.equal(code, 1);
    assert.match(stderr, /^TAKE_FILE: /);
    writeFileSync(header, readFileSync(header, 'utf8').replace(/"sha256": "..../, '"sha256": "0000'));
    const refused = await runCli(['replay', folder.path('take'), '--verify']);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^TAKE_CHANGED: .*shore/);
    assertSame(await verified('take', '--anyway'));
  });
});
