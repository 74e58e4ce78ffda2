/** A model played over OSC: messages that are done or refused, notes on their frame, sound within the stated time. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionValue } from '../../graph/index.js';
import { packageRoot } from '../../models/index.js';
import { startEngineUnderTest } from '../../src/cli/bench/latency/engine-under-test.js';
import { firstDifference } from '../../src/cli/bench/latency/first-change.js';
import { latencyPatch, noteScenario } from '../../src/cli/bench/latency/scenario.js';
import { noteTrials } from '../../src/cli/bench/latency/trials.js';
import { createOscClient, type OscClient, type OscMessage } from '../../src/osc/index.js';
import { playDefaults } from '../../src/process/index.js';
import { engineStatus } from '../support/engine-status.js';
import { BLOCK_FRAMES, OnTimeEngine } from '../support/on-time-engine.js';
import { LIVE_TEST_MS, PATIENCE_MS } from '../support/patience.js';
import { playMessages, type TimedAction } from '../support/play-messages.js';
import { playedPatch, writePlayedBundle } from '../support/played-bundle.js';
import { type RunningCli, startCli } from '../support/start-cli.js';
import { useSuiteTempFolder } from '../support/temp-folder.js';

const i = (value: number) => ({ type: 'i', value }) as const;
const told = ({ address, args }: OscMessage): unknown[] => [
  address,
  ...args.slice(0, 2).map((arg) => 'value' in arg && arg.value),
];

describe('a model that is played', function () {
  this.timeout(LIVE_TEST_MS);
  const folder = useSuiteTempFolder();
  let bundle: string;
  before(async () => {
    bundle = folder.path('played');
    await writePlayedBundle(bundle);
  });

  it('the same notes at the same frames make the same samples, whatever the blocks', async () => {
    const note = (frame: number, name: string, ...args: ActionValue[]): TimedAction => ({
      frame,
      nodeId: 'keys',
      name,
      args,
    });
    const actions = [
      note(1000, 'note', 60, 100),
      note(1000, 'note', 64, 90),
      note(1300, 'pedal', true),
      note(1500, 'note', 60, 0),
      note(6001, 'note/off', 64),
      note(9000, 'pedal', false),
      note(9100, 'note', 21, 127),
      note(12000, 'notes/off'),
    ];
    const play = (blocks: readonly number[], list = actions) =>
      playMessages(playedPatch(bundle), list, { seconds: 0.3, seed: 9, blocks, stepper: 'reference' });
    const { sound, told: codes } = await play([128]);
    assert.deepEqual(codes, []);
    assert.deepEqual((await play([512])).sound, sound);
    assert.deepEqual((await play([33, 256, 1])).sound, sound);
    const later = actions.map((action) => ({ ...action, frame: action.frame + 192 }));
    const first = (await play([128], later)).sound.findIndex((x, at) => x !== sound[at]);
    assert.ok(first > 1000 && first < 1400, `the first note is heard at ${first}`);
  });

  it('is heard, live', async () => {
    const play = { ...playDefaults, preset: '', oscPort: 0, sink: { type: 'null' } as const };
    const engine = await startEngineUnderTest(latencyPatch(bundle, noteScenario), play, () => undefined);
    try {
      // A gap in the sound hides a note: until one is found, however many a busy machine takes for that.
      let heardMs: readonly number[] = [];
      while (heardMs.length === 0) ({ heardMs } = await noteTrials(engine, 4, play));
      for (const ms of heardMs) assert.ok(ms > 0, `${ms} ms`);
    } finally {
      await engine.stop();
    }
  });

  for (const [way, minRollbackSpeed] of [
    ['goes back for a note', 0],
    ['never goes back', Number.POSITIVE_INFINITY],
  ] as const) {
    it(`is heard within the time that status states, where it ${way}`, async () => {
      const settings = { lookAheadMs: 50, minRollbackSpeed };
      const twins = await OnTimeEngine.create(latencyPatch(bundle, noteScenario), settings);
      const toBoth = (ids: readonly string[], name: string, ...args: readonly ActionValue[]) => {
        for (const id of ids) twins.send(id, name, ...args);
      };
      const keyboards = ['hands', 'others'];
      const waits: number[] = [];
      for (let turn = 0; waits.length < 16; turn++) {
        toBoth(keyboards, 'note', 67, 100);
        await twins.play(4);
        toBoth(keyboards, 'note', 48, 100);
        await twins.play(4);
        toBoth(['model', 'twin'], 'reset', 1);
        // Each turn meets the frames of the roll at another place.
        const before = await twins.play(40 + (turn % 3));
        const { lateRollbacks } = twins.status;
        twins.send('hands', 'note', 67, 100);
        const after = await twins.play(30);
        const [moved, still] = before.map((samples, c) => Float32Array.of(...samples, ...after[c]!));
        const from = before[0]!.length;
        const heard = firstDifference({ moved: moved!, still: still! }, from, moved!.length);
        // A turn tells nothing when one twin began its reset a tick before the other, or was late for the note.
        if (heard !== undefined && twins.status.lateRollbacks === lateRollbacks) waits.push(heard - from);
      }
      const { latencyMs, rollback } = twins.status;
      await twins.close();
      assert.equal(rollback, minRollbackSpeed === 0 ? 'ready' : 'off');
      // By chance a model says the same for a while, whatever it hears: the quick ones tell how long it takes to hear.
      const quick = waits.sort((a, b) => a - b)[waits.length / 4]!;
      // A note that comes just after a block was asked for waits for all of it.
      const quickMs = ((quick + BLOCK_FRAMES) * 1000) / 48_000;
      assert.ok(quickMs <= latencyMs, `${quickMs} ms, stated are ${latencyMs}`);
    });
  }

  describe('over OSC', () => {
    let playing: RunningCli;
    let client: OscClient;
    let port: string;
    let answers: OscMessage[] = [];

    before(async () => {
      writeFileSync(folder.path('played.json'), JSON.stringify(playedPatch(bundle)));
      const args = [
        'play',
        folder.path('played.json'),
        '--sink',
        'null',
        '--osc-port',
        '0',
        '--look-ahead',
        '200',
      ];
      playing = startCli(args, folder.path());
      [, port = ''] = await playing.sees(/OSC on udp 127\.0\.0\.1:(\d+)/);
      client = await createOscClient({ port: Number(port) });
      client.messages$.subscribe((m) => answers.push(m));
    });
    beforeEach(() => {
      answers = [];
    });
    after(async () => {
      await client.close();
      assert.equal(await playing.interrupt(), 0);
    });

    const synced = (id: number) => client.request('/sync', [i(id)], '/synced', PATIENCE_MS);

    it('notes and pedal are done, in order', async () => {
      await client.send('/node/keys/note', [i(60), i(100)]);
      await client.send('/node/keys/pedal', [{ type: 'T' }]);
      await client.send('/node/keys/note', [i(60), i(0)]);
      await client.send('/node/keys/note/off', [{ type: 'f', value: 60 }]);
      await client.send('/node/keys/notes/off', []);
      await synced(1);
      assert.deepEqual(answers.map(told), [
        ['/done', '/node/keys/note'],
        ['/done', '/node/keys/pedal'],
        ['/done', '/node/keys/note'],
        ['/done', '/node/keys/note/off'],
        ['/done', '/node/keys/notes/off'],
        ['/synced', 1],
      ]);
    });

    it('what is no note is refused, and a key that the model has not is told', async () => {
      await client.send('/node/keys/note', [i(60)]);
      await client.send('/node/keys/note', [i(60), { type: 's', value: 'loud' }]);
      await client.send('/node/keys/note', [i(128), i(100)]);
      await client.send('/node/keys/note', [i(60), i(200)]);
      await synced(2);
      assert.deepEqual(answers.map(told), [
        ['/fail', '/node/keys/note', 'OSC_WRONG_ARITY'],
        ['/fail', '/node/keys/note', 'OSC_WRONG_TYPE'],
        ['/fail', '/node/keys/note', 'NODE_ARGUMENT'],
        ['/fail', '/node/keys/note', 'NODE_ARGUMENT'],
        ['/synced', 2],
      ]);
      await client.request('/notify', [i(1)], '/done', PATIENCE_MS);
      await client.send('/node/keys/note', [i(20), i(100)]);
      // A machine that is busy elsewhere may tell of an xrun, too.
      const warnings = () =>
        answers
          .filter(({ address }) => address === '/event/warning')
          .map(told)
          .filter(([, , code]) => code !== 'SINK_XRUN');
      while (warnings().length === 0) await synced(3);
      assert.deepEqual(warnings()[0], ['/event/warning', 'model', 'MODEL_NO_SUCH_KEY']);
    });

    it('hears the lines of README.md, sent by oscsend', async function () {
      if (spawnSync('oscsend', ['--help']).error !== undefined) {
        console.log('      oscsend is not installed (apt install liblo-tools): skipped');
        return this.skip();
      }
      const refused = async () => (await engineStatus(client)).oscRefused;
      const before = await refused();
      const readme = readFileSync(join(packageRoot(), 'README.md'), 'utf8');
      const lines = [...readme.matchAll(/^oscsend localhost 9010 (\/node\/keys\/.+)$/gm)];
      assert.ok(lines.length >= 4);
      for (const [, line = ''] of lines) {
        const sent = spawnSync('oscsend', ['127.0.0.1', port, ...line.split(' ')]);
        assert.equal(sent.status, 0, line);
      }
      await synced(4);
      assert.equal(await refused(), before);
    });
  });
});
