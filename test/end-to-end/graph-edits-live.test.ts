/** A live engine whose patch is edited while it plays, over OSC; OSCQuery, a restart and a take follow. */
import assert from 'node:assert/strict';
import { createOscClient, type OscClient, type OscMessage } from '../../src/osc/index.js';
import { unixMsToTimeTag } from '../../src/osc/time-tag.js';
import { IMMEDIATELY, type OscArg, type TimeTag } from '../../src/osc/wire.js';
import { encodePacket } from '../../src/osc/wire-encode.js';
import { readTake } from '../../src/takes/index.js';
import { handedOn } from '../support/engine-status.js';
import { OscQueryClient } from '../support/osc-query-client.js';
import { LIVE_TEST_MS, PATIENCE_MS } from '../support/patience.js';
import { runCli } from '../support/run-cli.js';
import { type RunningCli, startCli } from '../support/start-cli.js';
import { useSuiteTempFolder } from '../support/temp-folder.js';

type Values = readonly (string | number)[];

const argOf = (value: string | number) =>
  typeof value === 'string' ? ({ type: 's', value } as const) : ({ type: 'f', value } as const);
const plainValue = (arg: OscArg): unknown => ('value' in arg ? arg.value : arg.type === 'T');
const plain = ({ address, args }: OscMessage): readonly unknown[] => [address, ...args.map(plainValue)];

describe('a live patch that is edited', function () {
  this.timeout(LIVE_TEST_MS);
  const folder = useSuiteTempFolder();
  let playing: RunningCli;
  let client: OscClient;
  let query: OscQueryClient;
  let heard: (readonly unknown[])[] = [];

  before(async () => {
    const quiet = ['--sink', 'null', '--osc-port', '0', '--look-ahead', '200', '--no-mdns'];
    playing = startCli(['play', 'shore', ...quiet, '--take', folder.path('take')], folder.path());
    const [, port = ''] = await playing.sees(/OSC on udp 127\.0\.0\.1:(\d+)/);
    const [, url = ''] = await playing.sees(/OSCQuery clients find it at (http:\S+) as /);
    await playing.sees(/\d:\d\d Shore \|/);
    client = await createOscClient({ port: Number(port) });
    client.messages$.subscribe((message) => heard.push(plain(message)));
    await client.request('/notify', [{ type: 'i', value: 1 }], '/done', PATIENCE_MS);
    query = await OscQueryClient.join(url);
  });
  beforeEach(() => {
    heard = [];
  });
  after(async () => {
    query.close();
    await client.close();
    assert.equal(await playing.interrupt(), 0);
  });

  async function bundle(messages: readonly (readonly [string, ...Values])[], timeTag: TimeTag = IMMEDIATELY) {
    const elements = messages.map(
      ([address, ...values]): OscMessage => ({ kind: 'message', address, args: values.map(argOf) }),
    );
    heard = [];
    await client.sendBytes(encodePacket({ kind: 'bundle', timeTag, elements }));
    await until(() => answers().length === messages.length);
    return answers();
  }
  const answers = () => heard.filter(([address]) => address === '/done' || address === '/fail');

  async function until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async function ask(address: string, ...values: Values): Promise<readonly unknown[]> {
    return plain(await client.request(address, values.map(argOf), '/done', PATIENCE_MS)).slice(2);
  }

  it('gets nodes in one bundle, at one frame, and tells everybody', async () => {
    const told = await bundle([
      ['/graph/add', 'granulate', 'grains'],
      ['/graph/setting', 'grains', 'mix', 0.25],
      ['/graph/connect', 'model.audio', 'grains.audio'],
      ['/graph/connect', 'grains.audio', 'level.audio'],
    ]);
    assert.deepEqual(
      told.map(([answer, address]) => [answer, address]),
      [
        ['/done', '/graph/add'],
        ['/done', '/graph/setting'],
        ['/done', '/graph/connect'],
        ['/done', '/graph/connect'],
      ],
    );
    assert.equal(new Set(told.map(([, , frame]) => frame)).size, 1);
    await until(() => heard.some(([address]) => address === '/event/graph-edited'));
    assert.deepEqual(
      heard.filter(([address]) => /^\/event\/(node|graph)/.test(String(address))),
      [
        ['/event/node-added', 'grains', 'granulate'],
        ['/event/graph-edited', 4],
      ],
    );
    assert.deepEqual(await ask('/graph/nodes'), ['model', 'sashimi', 'level', 'gain', 'grains', 'granulate']);
    assert.deepEqual(await ask('/graph/edges', 'level'), ['grains.audio', 'level.audio', 1]);
    await query.until(() =>
      query.news.some(({ COMMAND, DATA }) => COMMAND === 'PATH_ADDED' && DATA.startsWith('/node/grains')),
    );
    assert.deepEqual((await query.get('/node/grains/mix')).VALUE, [0.25]);
    await client.send('/node/grains/mix', [argOf(0.5)]);
    await client.request('/sync', [{ type: 'i', value: 7 }], '/synced', PATIENCE_MS);
    assert.deepEqual(
      heard.filter(([address]) => address === '/fail'),
      [],
    );
  });

  it('is changed by all of a bundle or by nothing', async () => {
    const before = await ask('/graph/edges');
    const add = ['/graph/add', 'constant', 'knob'] as const;
    for (const [wrong, code] of [
      [['/graph/remove', 'grains'], 'GRAPH_INPUT_OPEN'],
      [['/graph/connect', 'level.audio', 'grains.audio'], 'GRAPH_CYCLE'],
      [['/graph/output', 'nobody.audio'], 'GRAPH_UNKNOWN_NODE'],
      [['/graph/connect', 'model.audio', 'grains.mix'], 'GRAPH_MODULATION'],
      [['/graph/add', 'wav-file', 'file'], 'ENGINE_EDIT_REFUSED'],
      [['/graph/setting', 'model', 'bundle', '../../../etc'], 'ENGINE_EDIT_REFUSED'],
      [['/graph/setting', 'model', 'bundle', 'no-such-bundle'], 'ENGINE_BUNDLE_NOT_FOUND'],
      [['/graph/add', 'gain', 'Not An Id'], 'PATCH_NAME'],
    ] as const) {
      const told = await bundle([wrong, add]);
      assert.deepEqual(
        told.map(([answer, address, said]) => [answer, address, said]).sort(),
        [
          ['/fail', '/graph/add', 'OSC_ROLLED_BACK'],
          ['/fail', wrong[0], code],
        ].sort(),
        JSON.stringify(told),
      );
    }
    assert.deepEqual(await ask('/graph/edges'), before);
    assert.equal((await ask('/graph/nodes')).length, 6);
  });

  it('takes effect at the frame of a bundle with a time', async () => {
    const dueMs = Date.now() + 2000;
    const told = await bundle(
      [
        ['/graph/add', 'lfo', 'wave'],
        ['/graph/connect', 'wave.out', 'level.gainDb', 3],
      ],
      unixMsToTimeTag(dueMs),
    );
    assert.ok(
      told.every(([answer]) => answer === '/done'),
      JSON.stringify(told),
    );
    // A sound that had stopped hurries for a while, and its clock with it.
    assert.ok(Date.now() > dueMs - 1000);
    assert.deepEqual(await ask('/graph/edges', 'wave'), ['wave.out', 'level.gainDb', 3]);
  });

  it('has its model replaced, and goes on', async () => {
    const told = await bundle([
      ['/graph/replace', 'model', 'sashimi'],
      ['/graph/setting', 'model', 'temperature', 0.9],
    ]);
    assert.ok(
      told.every(([answer]) => answer === '/done'),
      JSON.stringify(told),
    );
    const removed = await bundle([
      ['/graph/connect', 'model.audio', 'level.audio'],
      ['/graph/remove', 'grains'],
    ]);
    assert.ok(
      removed.every(([answer]) => answer === '/done'),
      JSON.stringify(removed),
    );
    await query.until(() =>
      query.news.some(({ COMMAND, DATA }) => COMMAND === 'PATH_REMOVED' && DATA.startsWith('/node/grains')),
    );
    assert.deepEqual(
      (await query.get('/node/model/temperature')).VALUE!.map((x) => Math.fround(Number(x))),
      [Math.fround(0.9)],
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
  });

  it('is in the take, sample for sample', async () => {
    assert.equal(await playing.interrupt(), 0);
    const take = readTake(folder.path('take'));
    assert.ok(take.isComplete);
    assert.equal(take.entries.filter(({ kind }) => kind === 'edit').length, 4);
    const { code, stdout, stderr } = await runCli(['replay', folder.path('take'), '--verify', '--json']);
    assert.ok(code <= 1 && stdout !== '', stderr);
    const { comparedFrames, difference, deviations } = JSON.parse(stdout) as {
      comparedFrames: number;
      difference: { frame: number } | null;
      deviations: readonly { sinceFrame: number; code: string; reason: string }[];
    };
    const since = Math.min(comparedFrames, ...deviations.map(({ sinceFrame }) => sinceFrame));
    console.log(`      compared ${comparedFrames} frames; ${deviations.length} deviations`);
    if (difference !== null) {
      assert.ok(difference.frame >= since, JSON.stringify({ difference, since, deviations }));
    }
  });

  it('is what a restarted engine plays', async () => {
    const other = startCli(
      ['play', 'shore', '--sink', 'null', '--osc-port', '0', '--no-mdns'],
      folder.path(),
    );
    const [, port = ''] = await other.sees(/OSC on udp 127\.0\.0\.1:(\d+)/);
    await other.sees(/\d:\d\d Shore \|/);
    const [, pid] = await other.sees(/process (\d+)/);
    const own = await createOscClient({ port: Number(port) });
    await own.request('/graph/add', [argOf('constant'), argOf('knob')], '/done', PATIENCE_MS);
    await handedOn(own);
    process.kill(Number(pid), 'SIGKILL');
    await other.sees(/Plays shore again/);
    let nodes: readonly unknown[] = [];
    while (nodes.length === 0) {
      nodes = await own.request('/graph/nodes', [], '/done', 1000).then(plain, () => []);
    }
    assert.deepEqual(nodes.slice(2), ['model', 'sashimi', 'level', 'gain', 'knob', 'constant']);
    await own.close();
    await other.interrupt();
  });
});
