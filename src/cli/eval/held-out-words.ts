import { damagedList, isFileName, readHeldOutList, readHeldOutSound } from './held-out-list.js';

/** One word as somebody said it who is not in the training data. */
export interface HeldOutWord {
  readonly label: string;
  /** 16 kHz, from its own beginning on. */
  readonly samples: Float32Array;
}

interface Sound {
  readonly file: string;
  readonly label: string;
  readonly clips: readonly { readonly start: number; readonly numSamples: number }[];
}

/** `undefined` where the folder has no list. Rejects with CLI_HELD_OUT or CLI_AUDIO_FILE. */
export async function readHeldOutWords(
  folder: string,
  sampleRate: number,
): Promise<HeldOutWord[] | undefined> {
  const list = await readHeldOutList(folder, 'words');
  if (list === undefined) return undefined;
  const { sounds } = list;
  if (!Array.isArray(sounds) || sounds.length === 0 || !sounds.every(isSound)) {
    throw damagedList(folder, 'expected sounds with file, label, and clips of start and numSamples');
  }
  const words: HeldOutWord[] = [];
  for (const { file, label, clips } of sounds) {
    const samples = await readHeldOutSound(folder, file, sampleRate);
    for (const { start, numSamples } of clips) {
      if (start + numSamples > samples.length) {
        throw damagedList(folder, `${file} ends before the clip at ${start}`);
      }
      words.push({ label, samples: samples.subarray(start, start + numSamples) });
    }
  }
  return words;
}

function isSound(value: unknown): value is Sound {
  const { file, label, clips } = (value ?? {}) as Partial<Record<keyof Sound, unknown>>;
  return isFileName(file) && typeof label === 'string' && Array.isArray(clips) && clips.every(isClip);
}

function isClip(value: unknown): boolean {
  const { start, numSamples } = (value ?? {}) as { readonly start?: unknown; readonly numSamples?: unknown };
  return (
    Number.isInteger(start) && Number.isInteger(numSamples) && Number(start) >= 0 && Number(numSamples) > 0
  );
}
