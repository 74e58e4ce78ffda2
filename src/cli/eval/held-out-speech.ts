import { PHONES, SPEECH_HOP, SPEECH_SAMPLE_RATE } from '../../../models/index.js';
import type { Utterance } from '../../eval/utterance.js';
import { damagedList, isFileName, readHeldOutList, readHeldOutSound } from './held-out-list.js';

const ROW_MS = (1000 * SPEECH_HOP) / SPEECH_SAMPLE_RATE;
/** Rows of one utterance: a minute. */
const MOST_ROWS = 15_000;

interface Listed {
  readonly file: string;
  readonly speaker: string;
  readonly text: string;
  readonly phones: readonly { readonly phone: string; readonly endMs: number }[];
  readonly pitchHz: readonly number[];
  readonly loudness: readonly number[];
}

/** `undefined` where the folder has no list. Rejects with CLI_HELD_OUT or CLI_AUDIO_FILE. */
export async function readHeldOutSpeech(folder: string): Promise<Utterance[] | undefined> {
  const list = await readHeldOutList(folder, 'speech');
  if (list === undefined) return undefined;
  const { utterances } = list;
  if (!Array.isArray(utterances) || utterances.length === 0 || !utterances.every(isListed)) {
    throw damagedList(
      folder,
      'expected utterances with file, speaker, text, phones that end in order, and as many values of pitchHz as of loudness',
    );
  }
  const read: Utterance[] = [];
  for (const { file, speaker, text, phones, pitchHz, loudness } of utterances) {
    const sound = await readHeldOutSound(folder, file, SPEECH_SAMPLE_RATE);
    if (sound.length < pitchHz.length * SPEECH_HOP) {
      throw damagedList(folder, `${file} has fewer samples than its ${pitchHz.length} rows`);
    }
    read.push({
      name: file.replace(/\.[^.]*$/, ''),
      speaker,
      text,
      phones: phones.map(({ phone, endMs }) => ({
        phone: PHONES.indexOf(phone),
        end: Math.round(endMs / ROW_MS),
      })),
      pitchHz: Float64Array.from(pitchHz),
      loudness: Float64Array.from(loudness),
      sound: sound.subarray(0, pitchHz.length * SPEECH_HOP),
    });
  }
  return read;
}

function isListed(value: unknown): value is Listed {
  const { file, speaker, text, phones, pitchHz, loudness } = (value ?? {}) as Partial<
    Record<keyof Listed, unknown>
  >;
  if (!isFileName(file) || typeof speaker !== 'string' || typeof text !== 'string') return false;
  if (!Array.isArray(phones) || phones.length === 0 || !areNumbers(pitchHz) || !areNumbers(loudness))
    return false;
  let end = 0;
  for (const one of phones) {
    const { phone, endMs } = (one ?? {}) as { readonly phone?: unknown; readonly endMs?: unknown };
    if (!PHONES.includes(String(phone)) || !(typeof endMs === 'number' && endMs >= end)) return false;
    end = endMs;
  }
  return pitchHz.length === loudness.length && pitchHz.length > 0 && pitchHz.length <= MOST_ROWS;
}

function areNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => Number.isFinite(one) && one >= 0);
}
