import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LOG_MEL } from '../../eval/log-mel.js';
import { distancePicture } from './distance-picture.js';
import { texturePicture } from './texture-picture.js';
import type { Texture, TextureReport } from './texture-report.js';
import { writeSound } from './write-sound.js';

/** A file for each texture and seed, what the model is held against, the distances and the spectra. */
export async function leaveTextures(
  folder: string,
  report: TextureReport,
  textures: readonly Texture[],
): Promise<void> {
  const { bundle, labels, seeds, classes } = report;
  const nameOf = ({ parts }: Texture): string => parts.map((part) => labels[part]!).join('+');
  for (const texture of textures) {
    const name = nameOf(texture);
    for (const [i, sound] of texture.sounds.entries()) {
      const comment = `Made by a neural audio model (${bundle}) that was told ${name}, seed ${seeds[i]}.`;
      await writeSound(join(folder, `${name}-seed-${seeds[i]}.wav`), sound, comment, LOG_MEL.sampleRate);
    }
    const comment = `${name}: what a model is held against.`;
    await writeSound(join(folder, `${name}-true.wav`), texture.truth, comment, LOG_MEL.sampleRate);
  }
  const panels = [
    {
      title: bundle,
      caption: 'model: rows, recordings: columns, the nearest framed',
      distances: classes.map(({ distances }) => distances),
    },
    {
      title: 'recordings',
      caption: 'one half: rows, the other half: columns',
      distances: classes.map(({ heldOutDistances }) => heldOutDistances),
    },
  ];
  await writeFile(join(folder, 'distances.png'), distancePicture(labels, panels));
  const pairs = textures.map((texture) => ({
    name: nameOf(texture),
    sound: texture.sounds[0]!,
    truth: texture.truth,
  }));
  const title = `${bundle}, seed ${seeds[0]}`;
  await writeFile(join(folder, 'spectra.png'), texturePicture(title, pairs, LOG_MEL.sampleRate));
}
