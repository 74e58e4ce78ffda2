import assert from 'node:assert/strict';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import wavefile from 'wavefile';
import { wavFile } from '../../../nodes/sinks/index.js';
import { createBench, type NodeBench } from '../../support/graph-harness.js';

const SCALE: Readonly<Record<string, number>> = { '16': 32768, '24': 8388608, '32f': 1 };

/** What wavefile, an independent reader, makes of the file: channels of samples in [-1, 1]. */
function read(path: string): { wav: InstanceType<typeof wavefile.WaveFile>; channels: number[][] } {
  const wav = new wavefile.WaveFile(readFileSync(path));
  const { numChannels } = wav.fmt as { numChannels: number };
  const raw = wav.getSamples(false, Float64Array) as unknown as Float64Array | Float64Array[];
  const lists = numChannels === 1 ? [raw as Float64Array] : (raw as Float64Array[]);
  const scale = SCALE[wav.bitDepth]!;
  return { wav, channels: lists.map((list) => [...list].map((x) => x / scale)) };
}

const sound = (frame: number, channel: number): number => 0.9 * Math.sin(frame * (0.05 + channel * 0.013));

describe('the wav-file sink', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sashimi-wav-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const open = (
    path: string,
    settings: Readonly<Record<string, string>> = {},
    channels = 2,
    mode: 'live' | 'offline' = 'offline',
  ): Promise<NodeBench> =>
    createBench(wavFile, {
      mode,
      settings: { path, ...settings },
      inputs: { audio: { audio: sound, channels } },
    });

  for (const format of ['16', '24', '32f']) {
    for (const channels of [1, 2, 3]) {
      for (const mode of ['offline', 'live'] as const) {
        it(`writes ${format} with ${channels} channels, ${mode}, in blocks of odd sizes`, async () => {
          const path = join(folder, 'a.wav');
          const bench = await open(path, { format }, channels, mode);
          bench.render(30_011, [1, 7, 64, 512, 113]);
          await bench.dispose();
          assert.deepEqual(bench.notices, []);
          const { wav, channels: heard } = read(path);
          const { sampleRate, numChannels } = wav.fmt as { sampleRate: number; numChannels: number };
          assert.deepEqual([sampleRate, numChannels, wav.container], [48000, channels, 'RIFF']);
          assert.equal(heard.length, channels);
          // Rounding is half a step; the dither of 16 bits adds at most one more.
          const tolerance = { '16': 1.5 / 32768, '24': 0.5 / 8388608 + 6e-8, '32f': 6e-8 }[format]!;
          for (const [c, samples] of heard.entries()) {
            assert.equal(samples.length, 30_011);
            const worst = samples.findIndex((x, i) => Math.abs(x - sound(i, c)) > tolerance);
            assert.equal(worst, -1, `channel ${c}, frame ${worst}`);
          }
          assert.equal(statSync(path).size % 2, 0, 'RIFF chunks are even');
          assert.equal(readFileSync(path).readUInt32LE(4), statSync(path).size - 8);
        });
      }
    }
  }

  it('uses the extensible form where it is required, and says float where it is float', async () => {
    const rows = [
      ['16', 2, 1],
      ['16', 3, 65534],
      ['24', 1, 65534],
      ['32f', 2, 3],
      ['32f', 4, 65534],
    ] as const;
    for (const [format, channels, code] of rows) {
      const path = join(folder, `${format}-${channels}.wav`);
      const bench = await open(path, { format }, channels);
      bench.render(16);
      await bench.dispose();
      const { audioFormat } = read(path).wav.fmt as { audioFormat: number };
      assert.equal(audioFormat, code, `${format}, ${channels} channels`);
    }
  });

  it('says that a model made it', async () => {
    const path = join(folder, 'a.wav');
    const comment = 'Made by the model shore (sha256 0123abcd).';
    const bench = await open(path, { comment, software: 'sashimi-live 0.1.0' });
    bench.render(100);
    await bench.dispose();
    const tags = read(path).wav.listTags() as Readonly<Record<string, string>>;
    assert.deepEqual([tags.ICMT, tags.ISFT], [comment, 'sashimi-live 0.1.0']);
  });

  it('clips what is too loud and writes silence for what is not a number', async () => {
    const path = join(folder, 'a.wav');
    const { WavWriter } = await import('../../../nodes/sinks/index.js');
    const writer = WavWriter.open({ path, info: { software: 's', comment: 'c' }, seed: 1, mode: 'offline' });
    writer.begin({ sampleRate: 48000, channels: 1, sampleFormat: '24' });
    writer.write({ channels: [Float32Array.of(2, -2, Number.NaN, Number.POSITIVE_INFINITY, 0.5)] }, 5);
    await writer.close();
    assert.deepEqual(read(path).channels[0], [8388607 / 8388608, -1, 0, 0, 0.5]);
  });

  it('gives the same bytes for the same seed', async () => {
    const takes: Buffer[] = [];
    for (const name of ['a.wav', 'b.wav']) {
      const bench = await open(join(folder, name), { format: '16' });
      bench.render(5000);
      await bench.dispose();
      takes.push(readFileSync(join(folder, name)));
    }
    assert.ok(takes[0]!.equals(takes[1]!));
  });

  it('is playable at every moment: a copy made while it plays is a whole file', async () => {
    const path = join(folder, 'a.wav');
    const bench = await open(path, { format: '24' }, 1, 'live');
    let last = 0;
    for (let second = 1; second <= 3; second++) {
      bench.render(48_001, [128]);
      // The writing is a job of other threads: until the header tells of this second.
      while (last < second * 47_000) {
        await sleep(2);
        copyFileSync(path, join(folder, 'killed.wav'));
        last = read(join(folder, 'killed.wav')).channels[0]!.length;
      }
      const { channels } = read(join(folder, 'killed.wav'));
      assert.ok(last <= second * 48_001, `${last} frames after ${second} s`);
      assert.ok(channels[0]!.every((x, i) => Math.abs(x - sound(i, 0)) < 2e-7));
    }
    await bench.dispose();
  });

  it('refuses a path that cannot be written before anything starts', async () => {
    const occupied = join(folder, 'file');
    writeFileSync(occupied, 'x');
    for (const path of [join(folder, 'missing', 'a.wav'), folder, join(occupied, 'a.wav'), '']) {
      await assert.rejects(open(path), { code: 'SINK_PATH' }, path);
    }
  });

  it('refuses a file that may not be written', async function () {
    if (process.getuid?.() === 0) return this.skip();
    const path = join(folder, 'a.wav');
    writeFileSync(path, 'precious');
    chmodSync(path, 0o444);
    await assert.rejects(open(path), { code: 'SINK_PATH' });
    assert.equal(readFileSync(path, 'utf8'), 'precious');
  });

  it('leaves nothing behind when no sound came, and an old file as it was', async () => {
    const fresh = join(folder, 'fresh.wav');
    await (await open(fresh)).dispose();
    assert.ok(!existsSync(fresh));
    const old = join(folder, 'old.wav');
    writeFileSync(old, 'precious');
    const { WavWriter } = await import('../../../nodes/sinks/index.js');
    await WavWriter.open({ path: old, info: { software: '', comment: '' }, seed: 1, mode: 'live' }).close();
    assert.equal(readFileSync(old, 'utf8'), 'precious');
  });

  it('overwrites a longer old file completely', async () => {
    const path = join(folder, 'a.wav');
    writeFileSync(path, Buffer.alloc(100_000, 7));
    const bench = await open(path, { format: '16' }, 1);
    bench.render(10);
    await bench.dispose();
    assert.equal(readFileSync(path).readUInt32LE(4), statSync(path).size - 8);
    assert.equal(read(path).channels[0]!.length, 10);
  });
});
