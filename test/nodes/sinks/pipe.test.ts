import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type PipePatience, pipeDrivers } from '../../../nodes/sinks/drivers/pipe.js';
import type { SinkDriver } from '../../../nodes/sinks/index.js';
import { PATIENCE_MS } from '../../support/patience.js';

const format = { sampleRate: 48000, channels: 2, blockFrames: 64 };
const FRAMES = 64 * 50;
/** A program that reads all that it is given ends by itself. */
const toTheEnd = { endMs: PATIENCE_MS };

/** Programs of our own making in front of the PATH: they stand for aplay and pw-cat. */
describe('the pipe drivers', () => {
  const path = process.env.PATH ?? '';
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sashimi-fake-'));
    process.env.PATH = `${folder}${delimiter}${path}`;
  });
  afterEach(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true, force: true });
  });

  const fake = (name: string, body: string, patience: Partial<PipePatience> = {}): SinkDriver => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
    return pipeDrivers(patience).find((driver) => driver.name === name)!;
  };

  /** Plays a ramp of `FRAMES` frames and closes. */
  async function play(driver: SinkDriver): Promise<void> {
    const stream = await driver.open(format);
    let frame = 0;
    await new Promise<void>((resolve) => {
      stream.start(() => {
        if (frame === FRAMES) {
          resolve();
          return;
        }
        const ramp = Float32Array.from({ length: 64 }, (_, i) => (frame + i) / 65536);
        // In two pieces, as a tick that was cut at an event gives it.
        stream.write({ channels: [ramp.subarray(0, 20), ramp.subarray(0, 20).map((x) => -x)] }, 20);
        stream.write({ channels: [ramp.subarray(20), ramp.subarray(20).map((x) => -x)] }, 44);
        frame += 64;
      });
    });
    await stream.close();
  }

  it('give aplay every frame in order', async () => {
    await play(fake('aplay', `echo "$@" > "${folder}/args"; exec cat > "${folder}/out"`, toTheEnd));
    const out = readFileSync(join(folder, 'out'));
    assert.equal(out.length, FRAMES * 8);
    for (let i = 0; i < FRAMES; i++) {
      assert.deepEqual([out.readFloatLE(i * 8), out.readFloatLE(i * 8 + 4)], [i / 65536, -i / 65536]);
    }
    assert.match(readFileSync(join(folder, 'args'), 'utf8'), /-t raw -f FLOAT_LE -r 48000 -c 2/);
  });

  it('give pw-cat the same behind a header that says what it is', async () => {
    await play(fake('pw-cat', `exec cat > "${folder}/out"`, toTheEnd));
    const out = readFileSync(join(folder, 'out'));
    assert.equal(out.toString('ascii', 0, 4), '.snd');
    assert.deepEqual([7, 48000, 2], [out.readUInt32BE(12), out.readUInt32BE(16), out.readUInt32BE(20)]);
    assert.equal(out.length, 28 + FRAMES * 16);
    assert.equal(out.readDoubleBE(28 + 100 * 16 + 8), -100 / 65536);
  });

  it('tell what the program said when it does not play', async () => {
    const complaint = 'echo "audio open error: No such device" >&2; exit 1';
    const driver = fake('aplay', complaint, { startMs: PATIENCE_MS });
    await assert.rejects(driver.open(format, 'attic'), {
      code: 'SINK_DEVICE',
      message: 'aplay: attic does not play: audio open error: No such device',
    });
    assert.deepEqual(await driver.probe(), {
      available: false,
      reason: 'ALSA cannot play (audio open error: No such device)',
      remedy: 'Connect a sound card.',
      isDeviceMissing: true,
    });
  });

  it('count what the program reports', async () => {
    const driver = fake('aplay', 'echo "underrun!!! (at least 3.2 ms long)" >&2; exec cat > /dev/null');
    const stream = await driver.open(format);
    while (stream.xruns === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(stream.xruns, 1);
    await stream.close();
  });

  it('say how to get a program that is not there', async () => {
    process.env.PATH = folder;
    for (const driver of pipeDrivers()) {
      const probe = await driver.probe();
      assert.ok(!probe.available && probe.reason === `${driver.name} is not on the PATH`);
      assert.match(probe.remedy, /^Install it: /);
      assert.deepEqual(await driver.devices(), []);
    }
  });

  it('probe by playing: a program that takes the silence is fine', async () => {
    const driver = fake('aplay', 'exec cat > /dev/null');
    assert.deepEqual(await driver.probe(), { available: true });
  });

  it('do not hang on a program that reads nothing and never ends', async () => {
    const driver = fake('aplay', 'exec sleep 1000');
    const stream = await driver.open(format);
    stream.start(() => stream.write({ channels: [new Float32Array(64)] }, 64));
    await stream.close();
  });
});
