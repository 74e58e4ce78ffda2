import { CliError } from '../errors.js';
import {
  damagedList,
  HELD_OUT_FILE,
  isFileName,
  readHeldOutList,
  readHeldOutSound,
} from './held-out-list.js';

/** Real sound of one class that is not in the training data. */
export interface HeldOutClass {
  readonly label: string;
  readonly samples: Float32Array;
}

/** What a folder has of held-out classes. */
export interface HeldOutClasses {
  readonly classes: readonly HeldOutClass[];
  /** Of the white noise that lay under all sound in training. */
  readonly noiseRms: number;
}

interface Sound {
  readonly file: string;
  readonly label: string;
}

/** Rejects with CLI_HELD_OUT, also where the folder has no list, or with CLI_AUDIO_FILE. */
export async function readHeldOutClasses(folder: string, sampleRate: number): Promise<HeldOutClasses> {
  const list = await readHeldOutList(folder, 'classes');
  if (list === undefined) throw new CliError('CLI_HELD_OUT', `${folder} has no ${HELD_OUT_FILE}.`);
  const { sounds, noiseRms = 0 } = list;
  if (!Array.isArray(sounds) || sounds.length === 0 || !sounds.every(isSound)) {
    throw damagedList(folder, 'expected sounds with file and label');
  }
  if (!(typeof noiseRms === 'number' && noiseRms >= 0 && noiseRms < 1)) {
    throw damagedList(folder, `expected noiseRms from 0 to below 1 but received ${String(noiseRms)}`);
  }
  const classes: HeldOutClass[] = [];
  for (const { file, label } of sounds) {
    classes.push({ label, samples: await readHeldOutSound(folder, file, sampleRate) });
  }
  return { classes, noiseRms };
}

function isSound(value: unknown): value is Sound {
  const { file, label } = (value ?? {}) as Partial<Record<keyof Sound, unknown>>;
  return isFileName(file) && typeof label === 'string';
}
