/** What is to be played: an excerpt of a performance, or notes that nobody wrote. */
import { HIGHEST_PITCH, LOWEST_PITCH, type Note, type Performance } from '../../models/index.js';
import { Dice } from './dice.js';

/** Seconds in which the last notes ring out. */
export const TAIL_SECONDS = 1;

/**
 * The notes that begin within `seconds` from `start` on, timed from there, and the pedal as it stands then. Notes out of
 * the keyboard are left out. It lasts TAIL_SECONDS longer than its notes may begin.
 */
export function excerptOf(performance: Performance, start: number, seconds: number): Performance {
  const length = Math.min(seconds, Math.max(0, performance.seconds - start));
  const end = length + TAIL_SECONDS;
  const isKey = ({ pitch }: Note): boolean => pitch >= LOWEST_PITCH && pitch <= HIGHEST_PITCH;
  const notes = performance.notes
    .filter((note) => isKey(note) && note.seconds >= start && note.seconds < start + length)
    .map((note) => ({
      ...note,
      seconds: note.seconds - start,
      endSeconds: Math.min(end, note.endSeconds - start),
    }));
  const before = performance.pedals.filter((move) => move.seconds < start).at(-1);
  const pedals = performance.pedals
    .filter((move) => move.seconds >= start && move.seconds < start + end)
    .map(({ seconds: at, isDown }) => ({ seconds: at - start, isDown }));
  if (before?.isDown) pedals.unshift({ seconds: 0, isDown: true });
  return { notes, pedals, seconds: end };
}

export const BUILT_INS = {
  chromatic: 'every key once, upwards, four in a second',
  trills: 'ten notes in a second between two neighbours, in five registers',
  chords: 'ten keys at once, every second, other ones each time',
  repeated: 'one key eight times in a second, in five registers',
  lonely: 'single notes out of silence, four seconds apart',
  levels: 'one key after another from very soft to very loud',
  random: 'six notes in a second, any keys, any lengths, any levels',
} as const satisfies Readonly<Record<string, string>>;

export type BuiltIn = keyof typeof BUILT_INS;

const makers: Readonly<Record<BuiltIn, (seed: number) => Note[]>> = {
  chromatic: () => every(0.25, 88, (i) => ({ pitch: LOWEST_PITCH + i, held: 0.22, velocity: 80 })),
  trills: () =>
    [36, 48, 60, 72, 84].flatMap((low, register) =>
      every(0.1, 20, (i) => ({ pitch: low + (i % 2) * 2, held: 0.09, velocity: 72 }), register * 3),
    ),
  chords: (seed) => {
    const random = new Dice(seed);
    return Array.from({ length: 12 }, (_, chord) => {
      // Five keys for each hand, no two of them neighbours.
      const keys = [34 + random.below(8), 62 + random.below(8)].flatMap((lowest) => {
        let key = lowest;
        return [0, 1, 2, 3, 4].map((finger) => {
          key += finger === 0 ? 0 : 2 + random.below(3);
          return key;
        });
      });
      return keys.map((pitch) => note(chord, { pitch, held: 0.8, velocity: 64 + random.below(32) }));
    }).flat();
  },
  repeated: () =>
    [33, 45, 57, 69, 81].flatMap((pitch, register) =>
      every(0.125, 16, () => ({ pitch, held: 0.09, velocity: 80 }), register * 3),
    ),
  lonely: () => every(4, 6, (i) => ({ pitch: [60, 38, 74, 52, 90, 45][i]!, held: 1, velocity: 70 }), 4),
  levels: () =>
    [40, 55, 67, 79].flatMap((pitch, key) =>
      every(0.6, 10, (i) => ({ pitch, held: 0.4, velocity: 20 + 11 * i }), key * 6.5),
    ),
  random: (seed) => randomNotes(seed, 20),
};

/** The same notes for the same seed; most of the built-ins need none. */
export function builtIn(name: BuiltIn, seed: number): Performance {
  return performanceOf(makers[name](seed));
}

/** Notes that follow no plan, at six in a second, over the middle six octaves. */
export function randomPerformance(seed: number, seconds: number): Performance {
  return { ...performanceOf(randomNotes(seed, seconds)), seconds };
}

function randomNotes(seed: number, seconds: number): Note[] {
  const random = new Dice(seed);
  const notes: Note[] = [];
  const lastEnds = new Map<number, number>();
  for (let at = 0.1; at < seconds; at += 0.03 - Math.log(1 - random.next()) * 0.137) {
    const pitch = 29 + random.below(68);
    const held = 0.06 * 20 ** random.next();
    const velocity = 30 + random.below(80);
    // No key is struck while it is still down.
    if ((lastEnds.get(pitch) ?? 0) > at - 0.12) continue;
    lastEnds.set(pitch, at + held);
    notes.push(note(at, { pitch, held, velocity }));
  }
  return notes;
}

interface Blow {
  readonly pitch: number;
  /** Seconds. */
  readonly held: number;
  /** MIDI, 1 to 127. */
  readonly velocity: number;
}

function note(seconds: number, { pitch, held, velocity }: Blow): Note {
  return { seconds, endSeconds: seconds + held, pitch, velocity: velocity / 127 };
}

function every(spacing: number, count: number, blow: (index: number) => Blow, from = 0): Note[] {
  return Array.from({ length: count }, (_, i) => note(0.5 + from + i * spacing, blow(i)));
}

function performanceOf(notes: readonly Note[]): Performance {
  const seconds = notes.reduce((end, { endSeconds }) => Math.max(end, endSeconds), 0) + TAIL_SECONDS;
  return { notes, pedals: [], seconds };
}
