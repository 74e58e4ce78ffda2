import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import wavefile from 'wavefile';
import { readAudioFile } from '../../../src/cli/audio-file.js';
import { useTempFolder } from '../../support/temp-folder.js';

describe('audio files', () => {
  const folder = useTempFolder();

  /** `channels[c][i]`, written at a bit depth. */
  const write = (bitDepth: string, channels: readonly (readonly number[])[]): string => {
    const wav = new wavefile.WaveFile();
    wav.fromScratch(
      channels.length,
      16_000,
      bitDepth,
      channels.length === 1 ? channels[0]! : (channels as number[][]),
    );
    writeFileSync(folder.path('sound.wav'), wav.toBuffer());
    return folder.path('sound.wav');
  };

  it('of 16 bits are fractions of 32768', async () => {
    const values = [-32_768, -32_767, -12_345, -1, 0, 1, 12_345, 32_767];
    const { samples, sampleRate } = await readAudioFile(write('16', [values]));
    assert.equal(sampleRate, 16_000);
    assert.deepEqual(
      [...samples],
      values.map((value) => value / 32_768),
    );
  });

  it('of several channels are their mean, at any depth', async () => {
    const { samples } = await readAudioFile(
      write('32f', [
        [0.5, -0.25, 1],
        [0, 0.25, -1],
      ]),
    );
    assert.deepEqual([...samples], [0.25, 0, 0]);
    const sixteen = await readAudioFile(
      write('16', [
        [32_767, -32_768],
        [0, 0],
      ]),
    );
    assert.deepEqual([...sixteen.samples], [32_767 / 65_536, -0.5]);
  });

  it('that are none are refused', async () => {
    writeFileSync(folder.path('text.wav'), 'no sound');
    await assert.rejects(readAudioFile(folder.path('text.wav')), { code: 'CLI_AUDIO_FILE' });
    await assert.rejects(readAudioFile(folder.path('none.wav')), { code: 'CLI_AUDIO_FILE' });
  });
});
