import { defineNode, type EventBlock, perBlock } from '../../graph/index.js';
import { RandomWalk } from '../dsp/random-walk.js';
import { NoteQueue } from './note-queue.js';

/** Of MIDI: keys and velocities. */
const MOST = 127;

const key = { type: 'int', unit: 'none', min: 0, max: MOST } as const;

/** Which notes come depends on the seed of the node and its params only, and each falls on its frame. */
export const walk = defineNode({
  type: 'walk',
  role: 'source',
  summary: 'Plays by itself: a random walk over keys, as notes.',
  params: {
    lowKey: { ...key, label: 'Lowest key', default: 48 },
    highKey: { ...key, label: 'Highest key', default: 72 },
    maxStep: { ...key, label: 'Most keys from one note to the next', default: 4 },
    intervalMs: {
      type: 'float',
      label: 'From one note to the next',
      unit: 'ms',
      min: 20,
      max: 60_000,
      default: 500,
      warp: 'exp',
      smoothingMs: 0,
    },
    heldShare: {
      type: 'float',
      label: 'How much of that a key is held; 1: until the next note',
      unit: 'ratio',
      min: 0,
      max: 1,
      default: 0.8,
      warp: 'lin',
      smoothingMs: 0,
    },
    probability: {
      type: 'float',
      label: 'Chance that a step is heard; the others are rests',
      unit: 'ratio',
      min: 0,
      max: 1,
      default: 1,
      warp: 'lin',
      smoothingMs: 0,
    },
    velocity: { type: 'int', label: 'How hard', unit: 'none', min: 1, max: MOST, default: 90 },
  },
  inputs: {},
  outputs: { notes: { kind: 'event' } },
  create: (ctx) =>
    perBlock(() => {
      const queue = new NoteQueue();
      const result: { notes: EventBlock } = { notes: queue.take() };
      const steps = new RandomWalk(ctx.seed);
      const { params } = ctx;
      /** Engine frame of the last step, with its fraction; the first one is in the first tick. */
      let stepFrame = Number.NaN;
      /** Engine frame of the note-off that is due; none when infinite. */
      let offFrame = Number.POSITIVE_INFINITY;
      let pitch = 0;
      let id = 0;

      const step = (startFrame: number, intervalFrames: number): void => {
        const offset = Math.ceil(stepFrame) - startFrame;
        if (offFrame < Number.POSITIVE_INFINITY) queue.push('note-off', pitch, 0, id, offset);
        offFrame = Number.POSITIVE_INFINITY;
        const low = params.get('lowKey');
        const high = params.get('highKey');
        const place = steps.step(Math.min(low, high), Math.max(low, high), params.get('maxStep'));
        if (steps.chance() >= params.get('probability')) return;
        if (!queue.push('note-on', place, params.get('velocity') / MOST, id + 1, offset)) return;
        id++;
        pitch = place;
        offFrame = Math.max(
          Math.ceil(stepFrame) + 1,
          Math.ceil(stepFrame + params.get('heldShare') * intervalFrames),
        );
      };

      return ({ tick: { startFrame, numFrames } }) => {
        const intervalFrames = (params.get('intervalMs') * ctx.sampleRate) / 1000;
        const end = startFrame + numFrames;
        let next = stepFrame + intervalFrames;
        // The first one; or the interval has become shorter, and is over.
        if (!(next > startFrame - 1)) next = startFrame;
        // What is due at the frame of a step is let go there.
        while (Math.min(next, offFrame) <= end - 1) {
          if (offFrame < next) {
            queue.push('note-off', pitch, 0, id, offFrame - startFrame);
            offFrame = Number.POSITIVE_INFINITY;
            continue;
          }
          stepFrame = next;
          step(startFrame, intervalFrames);
          next = stepFrame + intervalFrames;
        }
        result.notes = queue.take();
        return result;
      };
    }),
});
