import { LEAST_TEXTURE_SAMPLES } from '../../eval/texture-scores.js';
import { CliError } from '../errors.js';
import {
  damagedList,
  HELD_OUT_FILE,
  isFileName,
  readHeldOutList,
  readHeldOutSound,
} from './held-out-list.js';

/** What a folder has of held-out classes. */
export interface HeldOutClasses {
  /** 16 kHz, one for each label, in their order. */
  readonly sounds: readonly Float32Array[];
  /** Root mean square of the white noise that lay under all sound in training. */
  readonly noiseRms: number;
}

interface Sound {
  readonly file: string;
  readonly label: string;
}

/** Rejects with CLI_HELD_OUT, also where the folder has no list, or with CLI_AUDIO_FILE. */
export async function readHeldOutClasses(
  folder: string,
  labels: readonly string[],
  sampleRate: number,
): Promise<HeldOutClasses> {
  const list = await readHeldOutList(folder, 'classes');
  if (list === undefined) throw new CliError('CLI_HELD_OUT', `${folder} has no ${HELD_OUT_FILE}.`);
  const { sounds, noiseRms = 0 } = list;
  if (!Array.isArray(sounds) || !sounds.every(isSound)) {
    throw damagedList(folder, 'expected sounds with file and label');
  }
  if (!(typeof noiseRms === 'number' && noiseRms >= 0 && noiseRms < 1)) {
    throw damagedList(folder, `expected noiseRms from 0 to below 1 but received ${String(noiseRms)}`);
  }
  const listed = sounds.map(({ label }) => label);
  if (listed.length !== labels.length || labels.some((label) => !listed.includes(label))) {
    throw damagedList(
      folder,
      `expected one sound each of ${labels.join(', ')} but received ${listed.join(', ')}`,
    );
  }
  const read: Float32Array[] = [];
  for (const label of labels) {
    const { file } = sounds.find((sound) => sound.label === label)!;
    const samples = await readHeldOutSound(folder, file, sampleRate);
    if (samples.length < LEAST_TEXTURE_SAMPLES) {
      throw damagedList(
        folder,
        `${file} has ${samples.length} samples, expected ${LEAST_TEXTURE_SAMPLES} or more`,
      );
    }
    read.push(samples);
  }
  return { sounds: read, noiseRms };
}

function isSound(value: unknown): value is Sound {
  const { file, label } = (value ?? {}) as Partial<Record<keyof Sound, unknown>>;
  return isFileName(file) && typeof label === 'string';
}
