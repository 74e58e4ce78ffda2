/** Files that are changed at random, and things that are no files. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom } from '../../../graph/index.js';
import { AudioFileError, openAudioFile } from '../../../src/audio-files/index.js';
import { data } from '../../support/shared-data.js';
import { useTempFolder } from '../../support/temp-folder.js';

const SEEDS = [
  'ok_u8.wav',
  'ok_gsm.wav',
  'ok_ms_adpcm.wav',
  'ok_float.aifc',
  'ok_f32.caf',
  'ok_s32_96k.flac',
  'ok_opus.opus',
  'ok_vbr.mp3',
  'real_rf64.wav',
];
/** Whatever a header says, a file of a few kilobytes has no more sound than this. */
const MOST_FRAMES = 4_000_000;
const ROUNDS = 25;

describe('hostile audio files', function () {
  this.timeout(240_000);
  const folder = useTempFolder();

  it('of any kind, damaged anywhere, end or are refused with a code', async function () {
    const from = data(this, 'audio-files');
    const random = createRandom(1);
    for (const seed of SEEDS) {
      const bytes = readFileSync(join(from, seed));
      for (let round = 0; round < ROUNDS; round++) {
        const changed = Buffer.from(
          bytes.subarray(0, round % 5 === 4 ? random() * bytes.length : bytes.length),
        );
        // Most of what can go wrong is in the first hundred bytes.
        const reach = round % 2 === 0 ? Math.min(100, changed.length) : changed.length;
        for (let i = 0; i < 1 + round; i++)
          changed[Math.floor(random() * reach)] = Math.floor(random() * 256);
        const file = folder.path(`${round}-${seed}`);
        writeFileSync(file, changed);
        await drain(file);
      }
    }
  });

  it('that are folders, pipes or devices are refused at once', async () => {
    execFileSync('mkfifo', [folder.path('pipe')]);
    for (const path of [folder.path(), folder.path('pipe'), '/dev/zero', folder.path('none')]) {
      await assert.rejects(openAudioFile(path), { code: 'AUDIO_FILE_READ' });
    }
  });
});

async function drain(file: string): Promise<void> {
  try {
    const reader = await openAudioFile(file);
    const piece = Array.from({ length: reader.format.channels }, () => new Float32Array(4096));
    let frames = 0;
    for (;;) {
      const count = reader.read(piece, 0, 4096);
      frames += count;
      if (count === 0) break;
      assert.ok(frames <= MOST_FRAMES, `${file} does not end`);
    }
    reader.close();
  } catch (error) {
    assert.ok(error instanceof AudioFileError, `${file}: ${String((error as Error).stack)}`);
  }
}
