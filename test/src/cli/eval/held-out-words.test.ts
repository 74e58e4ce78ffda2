import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import wavefile from 'wavefile';
import { readHeldOutWords } from '../../../../src/cli/eval/held-out-words.js';
import { useTempFolder } from '../../../support/temp-folder.js';

describe('held-out words', () => {
  const folder = useTempFolder();

  const writeWav = (name: string, sampleRate = 16_000): void => {
    const wav = new wavefile.WaveFile();
    const samples = Float32Array.from({ length: 100 }, (_, i) => i / 100);
    wav.fromScratch(1, sampleRate, '32f', samples);
    writeFileSync(folder.path(name), wav.toBuffer());
  };
  const writeList = (list: unknown): void =>
    writeFileSync(folder.path('held-out.json'), typeof list === 'string' ? list : JSON.stringify(list));
  const sound = { file: 'yes.wav', label: 'yes', clips: [{ start: 10, numSamples: 20, speaker: 'a' }] };

  it('are cut out of their files', async () => {
    writeWav('yes.wav');
    writeList({
      kind: 'words',
      sounds: [{ ...sound, clips: [...sound.clips, { start: 90, numSamples: 10 }] }],
    });
    const words = await readHeldOutWords(folder.path(), 16_000);
    assert.deepEqual(
      words!.map(({ label, samples }) => [label, samples.length, Math.round(samples[0]! * 100)]),
      [
        ['yes', 20, 10],
        ['yes', 10, 90],
      ],
    );
  });

  it('are none where there is no list', async () => {
    assert.equal(await readHeldOutWords(folder.path(), 16_000), undefined);
  });

  const damaged: readonly (readonly [string, unknown, RegExp])[] = [
    ['that is no JSON', '{', /cannot be used: /],
    ['of another kind', { kind: 'classes', sounds: [] }, /expected the kind "words" but received "classes"/],
    ['that is null', 'null', /expected the kind "words"/],
    ['without sounds', { kind: 'words', sounds: [] }, /expected sounds with file, label, and clips/],
    ['with a path', { kind: 'words', sounds: [{ ...sound, file: '../yes.wav' }] }, /expected sounds/],
    [
      'with half a clip',
      { kind: 'words', sounds: [{ ...sound, clips: [{ start: -1 }] }] },
      /expected sounds/,
    ],
    [
      'with a clip beyond the end',
      { kind: 'words', sounds: [{ ...sound, clips: [{ start: 90, numSamples: 11 }] }] },
      /yes\.wav ends before the clip at 90/,
    ],
  ];
  for (const [what, list, message] of damaged) {
    it(`refuses a list ${what}`, async () => {
      writeWav('yes.wav');
      writeList(list);
      await assert.rejects(readHeldOutWords(folder.path(), 16_000), { code: 'CLI_HELD_OUT', message });
    });
  }

  it('refuses sounds at another rate, and sounds that are not there', async () => {
    writeList({ kind: 'words', sounds: [sound] });
    await assert.rejects(readHeldOutWords(folder.path(), 16_000), { code: 'CLI_AUDIO_FILE' });
    writeWav('yes.wav', 8000);
    await assert.rejects(readHeldOutWords(folder.path(), 16_000), {
      code: 'CLI_HELD_OUT',
      message: /8000 Hz/,
    });
  });
});
