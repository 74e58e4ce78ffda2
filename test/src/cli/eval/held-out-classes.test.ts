import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import wavefile from 'wavefile';
import { type HeldOutClasses, readHeldOutClasses } from '../../../../src/cli/eval/held-out-classes.js';
import { useTempFolder } from '../../../support/temp-folder.js';

describe('held-out classes', () => {
  const folder = useTempFolder();

  const writeWav = (name: string, value: number, numSamples = 2000, sampleRate = 16_000): void => {
    const wav = new wavefile.WaveFile();
    wav.fromScratch(1, sampleRate, '32f', new Float32Array(numSamples).fill(value));
    writeFileSync(folder.path(name), wav.toBuffer());
  };
  const writeList = (sounds: unknown, noiseRms?: unknown): void =>
    writeFileSync(folder.path('held-out.json'), JSON.stringify({ kind: 'classes', noiseRms, sounds }));
  const read = (): Promise<HeldOutClasses> => readHeldOutClasses(folder.path(), ['wind', 'fire'], 16_000);
  const wind = { file: 'w.wav', label: 'wind', licence: 'CC0-1.0' };
  const fire = { file: 'f.wav', label: 'fire' };

  beforeEach(() => {
    writeWav('w.wav', 0.25);
    writeWav('f.wav', 0.5);
  });

  it('come in the order of the labels, with the noise of the training', async () => {
    writeList([fire, wind], 0.001);
    const { sounds, noiseRms } = await read();
    assert.equal(noiseRms, 0.001);
    assert.deepEqual(
      sounds.map((sound) => [sound.length, sound[0]]),
      [
        [2000, 0.25],
        [2000, 0.5],
      ],
    );
  });

  it('need no noise', async () => {
    writeList([wind, fire]);
    assert.equal((await read()).noiseRms, 0);
  });

  it('need a list', async () => {
    await assert.rejects(read, { code: 'CLI_HELD_OUT', message: /has no held-out\.json/ });
  });

  for (const noiseRms of [-0.1, 1, 'loud', null]) {
    it(`refuse noise of ${noiseRms}`, async () => {
      writeList([wind, fire], noiseRms);
      await assert.rejects(read, { code: 'CLI_HELD_OUT', message: /expected noiseRms/ });
    });
  }

  const damaged: readonly (readonly [string, unknown, RegExp])[] = [
    ['without sounds', undefined, /expected sounds with file and label/],
    ['with a path', [wind, { ...fire, file: '../f.wav' }], /expected sounds with file/],
    ['without one of the classes', [wind], /one sound each of wind, fire but received wind/],
    ['with a class twice', [wind, wind], /received wind, wind/],
    ['with a class more', [wind, fire, { ...fire, label: 'sun' }], /received wind, fire, sun/],
    ['of sounds too short', [wind, { ...fire, file: 'short.wav' }], /short\.wav has 1000 samples/],
    ['of sounds at another rate', [wind, { ...fire, file: 'fast.wav' }], /fast\.wav is at 48000 Hz/],
  ];
  for (const [what, sounds, message] of damaged) {
    it(`refuse a list ${what}`, async () => {
      writeWav('short.wav', 0.1, 1000);
      writeWav('fast.wav', 0.1, 2000, 48_000);
      writeList(sounds);
      await assert.rejects(read, { code: 'CLI_HELD_OUT', message });
    });
  }

  it('refuse a file that is not there', async () => {
    writeList([wind, { ...fire, file: 'none.wav' }]);
    await assert.rejects(read, { code: 'CLI_AUDIO_FILE' });
  });
});
