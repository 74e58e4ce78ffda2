import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../models/index.js';
import type { Bytes } from '../../../src/audio-files/file-bytes.js';
import { FileSound } from '../../../src/audio-files/file-sound.js';
import { openAudioFile } from '../../../src/audio-files/index.js';
import { findMp3 } from '../../../src/audio-files/mp3/mp3.js';
import { InverseMdct } from '../../../src/audio-files/vorbis/inverse-mdct.js';
import { data } from '../../support/shared-data.js';
import { useTempFolder } from '../../support/temp-folder.js';
import { floatWav, floatWavOf } from '../../support/wav-bytes.js';
import { readAll } from './read-all.js';

/** The sound in the files that were made for the tests: 0.4 s, from the WAV file of it. */
const ORIGINAL = 'ok_bwf.wav';

function bytesOf(whole: Buffer): Bytes {
  return { size: whole.length, read: (at, length) => whole.subarray(at, at + length) };
}

describe('decoders of audio files', () => {
  const folder = useTempFolder();

  /** The path of a file with these bytes. */
  const write = (bytes: Buffer, name = 'sound'): string => {
    writeFileSync(folder.path(name), bytes);
    return folder.path(name);
  };

  it('read one sound from many formats', async function () {
    const from = data(this, 'audio-files');
    const original = (await readAll(`${from}/${ORIGINAL}`)).channels[0]!;
    const rms = (signal: Float32Array): number =>
      Math.sqrt(signal.reduce((sum, x, i) => sum + (x - original[i]!) ** 2, 0) / original.length);
    for (const [file, most] of [
      ['ok_float.aifc', 1e-4],
      ['ok_f32.caf', 1e-4],
      ['ok_u8.wav', 4e-3],
      ['odd_junk_and_list.wav', 0],
      ['odd_size_zero.wav', 0],
      ['ok_vbr.mp3', 2e-2],
    ] as const) {
      const { channels } = await readAll(`${from}/${file}`);
      assert.equal(channels[0]!.length, original.length, file);
      assert.ok(rms(channels[0]!) <= most, `${file}: ${rms(channels[0]!)}`);
    }
  });

  it('make of Vorbis what libvorbis makes of it, from any place on', async () => {
    const golden = join(packageRoot(), 'test', 'golden', 'vorbis');
    const expected = await readAll(join(golden, 'decoded.wav'));
    const read = await readAll(join(golden, 'sound.ogg'));
    assert.deepEqual([read.format.sampleRate, read.numFrames], [22_050, expected.numFrames]);
    for (const [c, channel] of read.channels.entries()) {
      const differs = channel.findIndex((x, i) => Math.abs(x - expected.channels[c]![i]!) > 1 / 32_768);
      assert.equal(differs, -1, `channel ${c}`);
    }
    const reader = await openAudioFile(join(golden, 'sound.ogg'));
    for (const from of [9000, 1, 5000]) {
      const piece = read.channels.map(() => new Float32Array(700));
      await reader.seek(from);
      assert.equal(reader.read(piece, 0, 700), 700);
      assert.deepEqual(piece[1], read.channels[1]!.slice(from, from + 700));
    }
    reader.close();
  });

  it('read an MP3 of two hours in little memory, and find any place in it at once', async function () {
    this.timeout(240_000);
    const source = readFileSync(join(data(this, 'audio-files'), 'ok_vbr.mp3'));
    // Frames without the tag that says how many there are: one file after the other is one file.
    const first = findMp3(bytesOf(source))!;
    const frames = source.subarray(first.at + first.length);
    const rounds = Math.ceil(7200 / 0.396);
    const file = write(Buffer.concat(new Array<Buffer>(rounds).fill(frames)));
    const before = process.memoryUsage().arrayBuffers;
    const reader = await openAudioFile(file);
    const piece = [new Float32Array(16_000)];
    assert.equal(reader.read(piece, 0, 16_000), 16_000);
    await reader.seek(7100 * 16_000);
    assert.equal(reader.read(piece, 0, 16_000), 16_000);
    assert.ok(piece[0]!.some((x) => Math.abs(x) > 0.1));
    assert.ok(process.memoryUsage().arrayBuffers - before < 20e6);
    reader.close();
  });

  it('go by what is in a file, not by its name', async () => {
    const { format } = await readAll(
      write(
        floatWavOf(10, 8000, () => 0.5),
        'sound.mp3',
      ),
    );
    assert.equal(format.description, 'WAV, 32 bits floats');
  });

  it('invert the transform of Vorbis as its definition does', () => {
    const size = 64;
    const spectrum = Float64Array.from({ length: size / 2 }, (_, k) => Math.sin(k * k + 1));
    const out = new Float64Array(size);
    new InverseMdct(size).transform(spectrum, out);
    for (let n = 0; n < size; n++) {
      let sum = 0;
      for (let k = 0; k < size / 2; k++) {
        sum += spectrum[k]! * Math.cos(((2 * Math.PI) / size) * (n + 0.5 + size / 4) * (k + 0.5));
      }
      assert.ok(Math.abs(out[n]! - sum) < 1e-12, `${n}: ${out[n]} and ${sum}`);
    }
  });

  describe('as they are played', () => {
    const play = async (
      bytes: Buffer,
      wish: ConstructorParameters<typeof FileSound>[1],
      frames: number,
      seconds = 0,
    ) => {
      const reader = await openAudioFile(write(bytes));
      const sound = new FileSound(reader, wish);
      if (seconds > 0) await sound.seek(seconds);
      const out = Array.from({ length: wish.channels }, () => new Float32Array(frames));
      const count = await sound.read(out, 0, frames);
      reader.close();
      return { out, count, faults: reader.faults.list };
    };
    const ramp = floatWavOf(1000, 8000, (frame) => frame / 1000);

    it('go round a loop without a seam', async () => {
      const loop = { startSeconds: 0.0125, endSeconds: 0.05 };
      const { out, count } = await play(ramp, { channels: 1, sampleRate: 8000, loop }, 1500);
      assert.equal(count, 1500);
      const expected = (i: number): number => (i < 400 ? i : 100 + ((i - 400) % 300)) / 1000;
      assert.deepEqual(
        out[0],
        Float32Array.from({ length: 1500 }, (_, i) => expected(i)),
      );
    });

    it('end where the file ends, and come in from any place', async () => {
      const once = { channels: 1, sampleRate: 8000, loop: undefined } as const;
      const { out, count } = await play(ramp, once, 500, 0.1);
      assert.equal(count, 200);
      assert.equal(out[0]![0], Math.fround(0.8));
      assert.equal((await play(ramp, once, 500, 3)).count, 0);
    });

    it('keep their time at another rate, to half a frame', async () => {
      const tone = floatWavOf(3000, 8000, (frame) => Math.sin((2 * Math.PI * 200 * frame) / 8000));
      const { out, count } = await play(tone, { channels: 1, sampleRate: 44_100, loop: undefined }, 20_000);
      assert.ok(Math.abs(count - 3000 * (44_100 / 8000)) <= 2, `${count}`);
      for (let i = 500; i < 16_000; i++) {
        const expected = Math.sin((2 * Math.PI * 200 * i) / 44_100);
        assert.ok(Math.abs(out[0]![i]! - expected) < 0.015, `frame ${i}`);
      }
    });

    it('are folded into one channel or two', async () => {
      const channel = (value: number): Float32Array => new Float32Array(10).fill(value);
      const wide = floatWav([channel(0.2), channel(0.4), channel(0.6)], 8000);
      const one = await play(wide, { channels: 1, sampleRate: 8000, loop: undefined }, 1);
      assert.ok(Math.abs(one.out[0]![0]! - 0.4) < 1e-6);
      const two = await play(wide, { channels: 2, sampleRate: 8000, loop: undefined }, 1);
      assert.ok(Math.abs(two.out[0]![0]! - 0.4) < 1e-6 && Math.abs(two.out[1]![0]! - 0.5) < 1e-6);
      const mono = await play(
        floatWav([channel(0.3)], 8000),
        { channels: 2, sampleRate: 8000, loop: undefined },
        1,
      );
      assert.deepEqual([...mono.out[0]!], [...mono.out[1]!]);
    });

    it('are silent where they hold no numbers, and say so', async () => {
      const broken = floatWavOf(
        6,
        8000,
        (frame) => [0.5, Number.NaN, Number.POSITIVE_INFINITY, 1e30, 1, 7.5][frame]!,
      );
      const { out, faults } = await play(broken, { channels: 1, sampleRate: 8000, loop: undefined }, 6);
      assert.deepEqual([...out[0]!], [0.5, 0, 0, 0, 1, 7.5]);
      assert.equal(faults.length, 1);
    });

    it('refuse a loop that is none, and a rate that is too far away', async () => {
      const loop = { startSeconds: 1, endSeconds: undefined };
      await assert.rejects(play(ramp, { channels: 1, sampleRate: 8000, loop }, 1), {
        code: 'AUDIO_FILE_RANGE',
      });
      const slow = floatWavOf(10, 1, () => 0);
      await assert.rejects(play(slow, { channels: 1, sampleRate: 48_000, loop: undefined }, 1), {
        code: 'AUDIO_FILE_UNSUPPORTED',
      });
    });
  });
});
