/** `sashimi play` as a person meets it: what it says, that it answers, how it ends. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { LIVE_TEST_MS } from '../support/patience.js';
import { readWav } from '../support/read-wav.js';
import { runCli } from '../support/run-cli.js';
import { startCli } from '../support/start-cli.js';
import { useTempFolder } from '../support/temp-folder.js';

const patient = ['--timeout', '60000'];
const quietArgs = ['--osc-port', '0', '--look-ahead', '200'];

describe('sashimi play', function () {
  this.timeout(LIVE_TEST_MS);
  const folder = useTempFolder();

  it('names the OSC port and three messages worth trying, answers status, and ends with 0 on Ctrl-C', async () => {
    const playing = startCli(['play', 'shore', '--sink', 'null', ...quietArgs], folder.path());
    try {
      const [, port = ''] = await playing.sees(/OSC on udp 127\.0\.0\.1:(\d+)/);
      await playing.sees(/oscsend localhost \d+ \/node\/model\/temperature f 0\.8/);
      await playing.sees(/\d:\d\d Shore \| peak .* \| load .* \| look-ahead .* \| latency .* \| xruns .*/);
      assert.equal(playing.stdout().match(/^ {2}oscsend localhost /gm)?.length, 3);

      const status = await runCli(['status', '--osc-port', port, ...patient, '--json']);
      assert.equal(status.code, 0, status.stderr);
      const fields = JSON.parse(status.stdout) as Record<string, unknown>;
      assert.deepEqual([fields.preset, fields.oscPort, fields.channels], ['shore', Number(port), 2]);
      assert.match((await runCli(['status', '--osc-port', port, ...patient])).stdout, /^preset +shore$/m);
    } finally {
      assert.equal(await playing.interrupt(), 0);
    }
  });

  it('measures which stepper is the fastest once, says why, and measures again when told to', async () => {
    const env = { XDG_CACHE_HOME: folder.path('cache') };
    const kept = () => readFileSync(folder.path('cache/sashimi-live/steppers.json'), 'utf8');
    const play = async (...args: readonly string[]) => {
      const playing = startCli(
        ['play', 'shore', '--sink', 'null', ...quietArgs, ...args],
        folder.path(),
        env,
      );
      const [, port = ''] = await playing.sees(/OSC on udp 127\.0\.0\.1:(\d+)/);
      const said = /^Stepper of shore: (\S+) .*?, (.* times real time for 1 voice.*)\.$/m.exec(
        playing.stdout(),
      );
      const { stdout } = await runCli(['status', '--osc-port', port, ...patient, '--json']);
      const { stepper, stepperReason } = JSON.parse(stdout) as Record<string, string>;
      assert.equal(stepper?.split(' ')[0], said?.[1]);
      assert.equal(stepperReason, said?.[2]);
      assert.equal(await playing.interrupt(), 0);
    };
    await play();
    const first = kept();
    await play();
    assert.equal(kept(), first);
    await play('--self-test');
    assert.notEqual(kept(), first);
  });

  it('plays into a file that is whole afterwards', async () => {
    const file = folder.path('take.wav');
    const playing = startCli(['play', 'drift', '--sink', file, ...quietArgs], folder.path());
    await playing.sees(/Drift; OSC on udp/);
    await playing.sees(/\d:\d\d Drift \|/);
    assert.equal(await playing.interrupt(), 0);
    const { numFrames, channels, hasOnlyNumbers } = readWav(file);
    assert.ok(numFrames > 0 && channels === 2 && hasOnlyNumbers);
  });

  it('takes its defaults from the config file, and the command line before them', async () => {
    const config = folder.path('config.json');
    writeFileSync(config, JSON.stringify({ preset: 'drift', sink: 'null', oscPort: 0, channels: 1 }));
    const playing = startCli(['play', '--channels', '3'], folder.path(), { SASHIMI_CONFIG: config });
    const [, port = ''] = await playing.sees(/Drift; OSC on udp 127\.0\.0\.1:(\d+)/);
    const status = await runCli(['status', '--osc-port', port, ...patient, '--json']);
    assert.equal((JSON.parse(status.stdout) as { channels: number }).channels, 3);
    assert.equal(await playing.interrupt(), 0);
  });

  it('refuses a config file with a value out of range', async () => {
    const config = folder.path('config.json');
    writeFileSync(config, '{"oscPort": 70000}');
    const { code, stderr } = await runCli(['play'], { env: { ...process.env, SASHIMI_CONFIG: config } });
    assert.equal(code, 1);
    assert.match(stderr, /^CLI_CONFIG: .*oscPort.*70000/);
  });

  it('says who holds the port when it is taken', async () => {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    const { port } = socket.address();
    const { code, stderr } = await runCli(['play', 'shore', '--sink', 'null', '--osc-port', String(port)]);
    socket.close();
    assert.equal(code, 1);
    assert.match(stderr, /^\w+_PORT_IN_USE: /m);
    assert.match(stderr, /--osc-port/);
  });

  it('starts nothing for a patch that is wrong', async () => {
    const { code, stderr } = await runCli(['play', folder.path('none.json'), '--sink', folder.path('x.wav')]);
    assert.equal(code, 1);
    assert.match(stderr, /^ENGINE_PRESET_NOT_FOUND: /);
    assert.ok(!existsSync(folder.path('x.wav')));
  });
});

describe('sashimi status', () => {
  it('fails with a code when nobody answers', async () => {
    const { code, stdout, stderr } = await runCli([
      'status',
      '--osc-port',
      '1',
      '--timeout',
      '100',
      '--json',
    ]);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /^OSC_TIMEOUT: /);
  });
});
