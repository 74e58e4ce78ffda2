/** How well the notes that were found are those that were asked for. docs/eval.md has the definitions. */
import type { Note } from '../../models/index.js';
import type { FoundNote } from './onsets.js';
import { amplitudeAt, type Templates } from './templates.js';

export const TOLERANCE_SECONDS = 0.05;

export interface NoteScores {
  readonly asked: number;
  readonly found: number;
  /** Pairs of a found and an asked onset of one pitch, at most TOLERANCE_SECONDS apart; no onset is in two pairs. */
  readonly matched: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Found onsets that are in time with an asked one, whatever its pitch. */
  readonly inTime: number;
  /** matched / inTime: of the onsets in time, how many have a right pitch. */
  readonly pitchAccuracy: number;
}

export interface LevelScores {
  /** Of found over asked level in dB, over the matched onsets; null for fewer than three, or no spread in what was asked. */
  readonly correlation: number | null;
  /** Mean of found minus asked, dB. */
  readonly biasDb: number | null;
  /** Mean distance of found from asked once the bias is taken away, dB. */
  readonly errorDb: number | null;
}

/** A pair of an asked and a found note. */
export interface Match {
  readonly asked: Note;
  readonly found: FoundNote;
}

/** The most pairs that there can be: key by key, always the earliest two that go together. */
export function matchNotes(asked: readonly Note[], found: readonly FoundNote[]): Match[] {
  const byPitch = groupByPitch(found);
  const matches: Match[] = [];
  for (const [pitch, wanted] of groupByPitch(asked)) {
    const heard = byPitch.get(pitch) ?? [];
    for (let i = 0, j = 0; i < wanted.length && j < heard.length; ) {
      const late = heard[j]!.seconds - wanted[i]!.seconds;
      if (Math.abs(late) <= TOLERANCE_SECONDS) matches.push({ asked: wanted[i++]!, found: heard[j++]! });
      else if (late < 0) j++;
      else i++;
    }
  }
  return matches;
}

export function scoreNotes(asked: readonly Note[], found: readonly FoundNote[]): NoteScores {
  const onsets = asked.map(({ seconds }) => seconds).sort((a, b) => a - b);
  return scoresOf({
    asked: asked.length,
    found: found.length,
    matched: matchNotes(asked, found).length,
    inTime: found.filter(({ seconds }) => isInTime(onsets, seconds)).length,
  });
}

type Counts = Pick<NoteScores, 'asked' | 'found' | 'matched' | 'inTime'>;

/** Of several pieces together: each onset counts alike. */
export function poolScores(scores: readonly NoteScores[]): NoteScores {
  const sum = (count: keyof Counts): number => scores.reduce((total, score) => total + score[count], 0);
  return scoresOf({
    asked: sum('asked'),
    found: sum('found'),
    matched: sum('matched'),
    inTime: sum('inTime'),
  });
}

function scoresOf(counts: Counts): NoteScores {
  const { asked, found, matched, inTime } = counts;
  const share = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);
  return {
    ...counts,
    precision: share(matched, found),
    recall: share(matched, asked),
    f1: share(2 * matched, asked + found),
    pitchAccuracy: share(matched, inTime),
  };
}

/** `onsets` by time. */
function isInTime(onsets: readonly number[], seconds: number): boolean {
  let low = 0;
  let high = onsets.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (onsets[middle]! < seconds - TOLERANCE_SECONDS) low = middle + 1;
    else high = middle;
  }
  return low < onsets.length && onsets[low]! <= seconds + TOLERANCE_SECONDS;
}

/** The asked level is that of the key alone at its velocity, the found one how much the key rose. */
export function scoreLevels(templates: Templates, matches: readonly Match[]): LevelScores {
  if (matches.length === 0) return { correlation: null, biasDb: null, errorDb: null };
  const wanted = matches.map(({ asked }) => decibels(amplitudeAt(templates, asked.pitch, asked.velocity)));
  const heard = matches.map(({ found }) => decibels(found.amplitude));
  const biasDb = mean(heard) - mean(wanted);
  return {
    correlation: correlationOf(wanted, heard),
    biasDb,
    errorDb: mean(wanted.map((level, i) => Math.abs(heard[i]! - level - biasDb))),
  };
}

/** What shows how much of a score is chance: the same rhythm, a tritone away, back by an octave where the keys end. */
export function wrongNotes(asked: readonly Note[]): Note[] {
  return asked.map((note) => ({ ...note, pitch: note.pitch + 6 > 108 ? note.pitch - 6 : note.pitch + 6 }));
}

function groupByPitch<T extends { readonly pitch: number; readonly seconds: number }>(
  notes: readonly T[],
): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const note of [...notes].sort((a, b) => a.seconds - b.seconds)) {
    const group = groups.get(note.pitch);
    if (group === undefined) groups.set(note.pitch, [note]);
    else group.push(note);
  }
  return groups;
}

function correlationOf(x: readonly number[], y: readonly number[]): number | null {
  const [xMean, yMean] = [mean(x), mean(y)];
  const products = (a: readonly number[], aMean: number, b: readonly number[], bMean: number): number =>
    a.reduce((sum, value, i) => sum + (value - aMean) * (b[i]! - bMean), 0);
  const spread = products(x, xMean, x, xMean) * products(y, yMean, y, yMean);
  return x.length < 3 || !(spread > 1e-9) ? null : products(x, xMean, y, yMean) / Math.sqrt(spread);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function decibels(amplitude: number): number {
  return 20 * Math.log10(amplitude + 1e-9);
}
