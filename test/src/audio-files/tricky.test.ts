/** Sixty hard and broken files, and what two trusted decoders make of them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AudioFileError, openAudioFile } from '../../../src/audio-files/index.js';
import { data } from '../../support/shared-data.js';
import { readAll, type WholeFile } from './read-all.js';

interface Verdict {
  readonly file: string;
  /** Hz, channels and frames; undefined where it is refused. */
  readonly libsndfile: readonly [number, number, number] | undefined;
  /** Bytes of 16-bit sound; undefined where it is refused. */
  readonly ffmpeg: number | undefined;
}

/** Of tricky.csv: no field but the one before the last two has a comma in quotes. */
function readVerdicts(folder: string): Verdict[] {
  const lines = readFileSync(join(folder, 'tricky.csv'), 'utf8').trim().split('\n').slice(1);
  return lines.map((line) => {
    const format = /,(\d+) Hz (\d+) ch (\d+) frames,/.exec(line);
    const bytes = /"rc 0, (\d+) bytes as s16"$/.exec(line.trim());
    return {
      file: line.slice(0, line.indexOf(',')),
      libsndfile: format === null ? undefined : [Number(format[1]), Number(format[2]), Number(format[3])],
      ffmpeg: bytes === null ? undefined : Number(bytes[1]),
    };
  });
}

/** What of `file` is read, or with what it is refused: always a coded error. */
async function attempt(path: string): Promise<WholeFile | AudioFileError> {
  try {
    return await readAll(path);
  } catch (error) {
    assert.ok(error instanceof AudioFileError, String(error));
    assert.doesNotMatch(error.message, /it cannot be read: /, 'a parser tripped');
    return error;
  }
}

describe('hard and broken audio files', function () {
  this.timeout(240_000);

  it('are read where two trusted decoders read them, with the same rate, channels and length', async function () {
    const folder = data(this, 'audio-files');
    const good = readVerdicts(folder).filter(({ file }) => /^(ok|real)_/.test(file));
    assert.ok(good.length >= 20);
    for (const { file, libsndfile, ffmpeg } of good) {
      const read = await attempt(join(folder, file));
      if (libsndfile === undefined && ffmpeg === undefined) {
        assert.ok(read instanceof AudioFileError, `${file} is refused`);
        continue;
      }
      assert.ok(!(read instanceof AudioFileError), `${file}: ${String(read)}`);
      const { sampleRate, channels } = read.format;
      // Of Opus one of them says the rate that was recorded, the other that of the stream.
      const isOpus = file.endsWith('.opus');
      if (libsndfile !== undefined && !isOpus) {
        assert.deepEqual([sampleRate, channels, read.numFrames], libsndfile, file);
      }
      if (ffmpeg !== undefined) assert.equal(2 * channels * read.numFrames, ffmpeg, file);
      assert.equal(read.format.frames, read.numFrames, file);
      assert.deepEqual(read.faults, [], file);
    }
  });

  it('that are odd are read or refused', async function () {
    const folder = data(this, 'audio-files');
    for (const { file } of readVerdicts(folder).filter(({ file }) => file.startsWith('odd_'))) {
      const read = await attempt(join(folder, file));
      assert.ok(!(read instanceof AudioFileError), `${file}: ${String(read)}`);
    }
  });

  it('that are broken are refused, or played as far as they go, saying so', async function () {
    const folder = data(this, 'audio-files');
    for (const { file, libsndfile } of readVerdicts(folder).filter(({ file }) => file.startsWith('bad_'))) {
      const read = await attempt(join(folder, file));
      if (read instanceof AudioFileError) continue;
      assert.ok(read.faults.length > 0, `${file} is told to be broken`);
      assert.ok(libsndfile !== undefined, `${file} is read by one of the two as well`);
      assert.ok(read.numFrames <= libsndfile[2], file);
    }
  });

  it('give the same from any place on', async function () {
    const folder = data(this, 'audio-files');
    for (const { file } of readVerdicts(folder).filter(({ file }) => /^(ok|real)_/.test(file))) {
      const whole = await attempt(join(folder, file));
      if (whole instanceof AudioFileError) continue;
      // What went before changes the last bits of what lossy decoders make.
      const tolerance = /\.(mp3|opus)$|gsm/.test(file) ? 2e-4 : 0;
      const reader = await openAudioFile(join(folder, file));
      for (const share of [0.9, 0.5, 0, 0.25]) {
        const from = Math.floor(whole.numFrames * share);
        const count = Math.min(500, whole.numFrames - from);
        const piece: Float32Array[] = whole.channels.map(() => new Float32Array(count));
        await reader.seek(from);
        assert.equal(reader.read(piece, 0, count), count, `${file} from ${from}`);
        for (const [c, channel] of piece.entries()) {
          const differs = channel.findIndex(
            (x, i) => Math.abs(x - whole.channels[c]![from + i]!) > tolerance,
          );
          assert.equal(differs, -1, `${file} from ${from}: frame ${differs} of channel ${c}`);
        }
      }
      reader.close();
    }
  });
});
