import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readAudioFile } from '../audio-file.js';
import { CliError } from '../errors.js';

/** The list of a held-out folder. */
export const HELD_OUT_FILE = 'held-out.json';

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
  const path = join(folder, HELD_OUT_FILE);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw damaged(path, cause instanceof Error ? cause.message : String(cause));
  });
  if (text === undefined) return undefined;
  const words: HeldOutWord[] = [];
  for (const { file, label, clips } of soundsOf(path, text)) {
    const audio = await readAudioFile(join(folder, file));
    if (audio.sampleRate !== sampleRate) {
      throw damaged(path, `${file} is at ${audio.sampleRate} Hz, expected ${sampleRate}`);
    }
    for (const { start, numSamples } of clips) {
      if (start + numSamples > audio.samples.length)
        throw damaged(path, `${file} ends before the clip at ${start}`);
      words.push({ label, samples: audio.samples.subarray(start, start + numSamples) });
    }
  }
  return words;
}

function soundsOf(path: string, text: string): readonly Sound[] {
  let list: { readonly kind?: unknown; readonly sounds?: unknown };
  try {
    list = JSON.parse(text);
  } catch (cause) {
    throw damaged(path, cause instanceof Error ? cause.message : String(cause));
  }
  if (list?.kind !== 'words') throw damaged(path, `expected the kind "words" but received "${list?.kind}"`);
  if (!Array.isArray(list.sounds) || list.sounds.length === 0 || !list.sounds.every(isSound)) {
    throw damaged(path, 'expected sounds with file, label, and clips of start and numSamples');
  }
  return list.sounds;
}

function isSound(value: unknown): value is Sound {
  const { file, label, clips } = (value ?? {}) as Partial<Record<keyof Sound, unknown>>;
  // A name, no path: a list names what lies beside it.
  if (typeof file !== 'string' || !/^[\w.-]+$/.test(file) || typeof label !== 'string') return false;
  return Array.isArray(clips) && clips.every(isClip);
}

function isClip(value: unknown): boolean {
  const { start, numSamples } = (value ?? {}) as { readonly start?: unknown; readonly numSamples?: unknown };
  return (
    Number.isInteger(start) && Number.isInteger(numSamples) && Number(start) >= 0 && Number(numSamples) > 0
  );
}

function damaged(path: string, why: string): CliError {
  return new CliError('CLI_HELD_OUT', `${path} cannot be used: ${why}.`);
}
