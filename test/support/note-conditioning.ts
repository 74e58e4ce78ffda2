import type { ConditioningInput } from '../../models/index.js';
import { NOTE_HOP, NOTE_PARTIALS_DIM, NOTE_ROLL_DIM, NoteRoll } from '../../models/index.js';
import type { Said } from '../nodes/fake-model-streams.js';

/** The inputs of a model that is played by notes. */
export const NOTE_CONDITIONING: readonly ConditioningInput[] = [
  { name: 'roll', kind: 'note-roll', dim: NOTE_ROLL_DIM, rateHz: 250 },
  { name: 'source', kind: 'note-partials', dim: NOTE_PARTIALS_DIM, rateHz: 16000 },
];

/** Something played before frame `frame` of the roll. */
export interface Played {
  readonly frame: number;
  play(roll: NoteRoll): void;
}

/** By input, its frames over frames [0, count) of the roll. */
export type NoteFrames = readonly [roll: Float32Array, source: Float32Array];

const SOURCE_FRAME = NOTE_HOP * NOTE_PARTIALS_DIM;

/** What shall be said, straight from the definition. `roll` is the state that it begins with. */
export function noteFrames(played: readonly Played[], count: number, roll = new NoteRoll()): NoteFrames {
  const frames: NoteFrames = [
    new Float32Array(count * NOTE_ROLL_DIM),
    new Float32Array(count * SOURCE_FRAME),
  ];
  for (let frame = 0; frame < count; frame++) {
    for (const event of played) if (event.frame === frame) event.play(roll);
    roll.writeRoll(frames[0], frame * NOTE_ROLL_DIM);
    roll.writePartials(frames[1], frame * SOURCE_FRAME);
    roll.advance();
  }
  return frames;
}

/** What a stream that was told all this would have used over frames [0, count) of the roll. */
export function framesSaid(said: readonly Said[], count: number): NoteFrames {
  const sizes = [NOTE_ROLL_DIM, NOTE_PARTIALS_DIM];
  const frames: NoteFrames = [
    new Float32Array(count * NOTE_ROLL_DIM),
    new Float32Array(count * SOURCE_FRAME),
  ];
  for (const { input, firstFrame, frames: values, numFrames } of said) {
    const dim = sizes[input]!;
    const into = frames[input]!;
    const at = firstFrame * dim;
    if (at >= into.length) continue;
    into.set(values.subarray(0, Math.min(values.length, into.length - at)), at);
    // The last row holds.
    const last = values.subarray((numFrames - 1) * dim, numFrames * dim);
    for (let to = at + values.length; to < into.length; to += dim) into.set(last, to);
  }
  return frames;
}
