import { defineNode, type EventBlock, perBlock } from '../../graph/index.js';
import { NodeError } from '../errors.js';
import { NoteQueue } from './note-queue.js';

/** MIDI key numbers and velocities. */
const MOST = 127;

const pitchArg = {
  name: 'pitch',
  type: 'int',
  description: 'MIDI key number, 0 to 127; 60 is middle C.',
} as const;

/** A message applies between two ticks, and the engine ends a tick where one has its time: so all offsets are 0. */
export const noteOsc = defineNode({
  type: 'note-osc',
  role: 'source',
  summary: 'A keyboard that is played by messages: notes and the sustain pedal.',
  params: {},
  actions: {
    note: {
      label: 'Note',
      description: 'Strikes a key, or lets it go when the velocity is 0.',
      args: [
        pitchArg,
        { name: 'velocity', type: 'int', description: 'How hard, 1 to 127; 0 lets the key go.' },
      ],
    },
    'note/off': { label: 'Note off', description: 'Lets a key go.', args: [pitchArg] },
    'notes/off': {
      label: 'All notes off',
      description: 'Lets all keys go and the pedal up.',
      args: [],
    },
    pedal: {
      label: 'Pedal',
      description: 'Presses the sustain pedal down, or lets it up.',
      args: [{ name: 'down', type: 'bool', description: 'Whether it goes down.' }],
    },
  },
  inputs: {},
  outputs: { notes: { kind: 'event' } },
  create: (ctx) =>
    perBlock(() => {
      const queue = new NoteQueue();
      const result: { notes: EventBlock } = { notes: queue.take() };
      /** Of the last note of each key. */
      const ids = new Float64Array(MOST + 1);
      let lastId = 0;
      const strike = (pitch: number, velocity: number): undefined => {
        if (!queue.push('note-on', pitch, velocity / MOST, lastId + 1)) throw full(`note ${pitch}`);
        ids[pitch] = ++lastId;
        return undefined;
      };
      const letGo = (pitch: number): undefined => {
        if (!queue.push('note-off', pitch, 0, ids[pitch])) throw full(`note ${pitch} off`);
        return undefined;
      };
      ctx.onAction('note', ([pitch, velocity]) => {
        const key = midiValue('pitch', pitch);
        const force = midiValue('velocity', velocity);
        return force === 0 ? letGo(key) : strike(key, force);
      });
      ctx.onAction('note/off', ([pitch]) => letGo(midiValue('pitch', pitch)));
      ctx.onAction('notes/off', () => {
        queue.push('all-notes-off');
        return undefined;
      });
      ctx.onAction('pedal', ([down]) => {
        if (!queue.push('pedal', 0, down === true ? 1 : 0)) throw full('the pedal');
        return undefined;
      });
      return () => {
        result.notes = queue.take();
        return result;
      };
    }),
});

/** Refuses rather than clamps: a note out of its place is a wrong note. */
function midiValue(name: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= MOST) return value;
  throw new NodeError('NODE_ARGUMENT', `${name} is 0 to ${MOST} but was ${String(value)}`);
}

function full(what: string): NodeError {
  return new NodeError('NODE_QUEUE_FULL', `${what} came with too many others at once`);
}
