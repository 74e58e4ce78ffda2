import type { ActionHandler } from '../../graph/index.js';
import { NodeError } from '../errors.js';
import type { NoteQueue } from './note-queue.js';

/** MIDI key numbers and velocities. */
export const MOST_MIDI = 127;

const pitchArg = {
  name: 'pitch',
  type: 'int',
  description: 'MIDI key number, 0 to 127; 60 is middle C.',
} as const;

/** The actions of a node that is played like a keyboard. */
export const keyboardActions = {
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
  bend: {
    label: 'Pitch bend',
    description: 'Moves the pitch wheel, for all keys; what it means is up to who plays the notes.',
    args: [{ name: 'position', type: 'float', description: 'Where it is, -1 to 1; 0 is its rest.' }],
  },
  'controllers/reset': {
    label: 'Reset controllers',
    description: 'Lets the pedal up and the pitch wheel back to its rest.',
    args: [],
  },
} as const;

/**
 * Binds them: what is played goes into `queue`, for the next tick. A message applies between two ticks, and the engine
 * ends a tick where one has its time, so all offsets are 0.
 */
export function bindKeyboard(
  onAction: (name: keyof typeof keyboardActions, handler: ActionHandler) => void,
  queue: NoteQueue,
): void {
  /** Of the last note of each key. */
  const ids = new Float64Array(MOST_MIDI + 1);
  let lastId = 0;
  const strike = (pitch: number, velocity: number): undefined => {
    if (!queue.push('note-on', pitch, velocity / MOST_MIDI, lastId + 1)) throw queueFull(`note ${pitch}`);
    ids[pitch] = ++lastId;
    return undefined;
  };
  const letGo = (pitch: number): undefined => {
    if (!queue.push('note-off', pitch, 0, ids[pitch])) throw queueFull(`note ${pitch} off`);
    return undefined;
  };
  onAction('note', ([pitch, velocity]) => {
    const key = midiValue('pitch', pitch);
    const force = midiValue('velocity', velocity);
    return force === 0 ? letGo(key) : strike(key, force);
  });
  onAction('note/off', ([pitch]) => letGo(midiValue('pitch', pitch)));
  onAction('notes/off', () => {
    queue.push('all-notes-off');
    return undefined;
  });
  onAction('pedal', ([down]) => {
    if (!queue.push('pedal', 0, down === true ? 1 : 0)) throw queueFull('the pedal');
    return undefined;
  });
  onAction('bend', ([position]) => {
    if (!queue.push('bend', 0, wheel(position))) throw queueFull('the bend');
    return undefined;
  });
  onAction('controllers/reset', () => {
    if (!(queue.push('pedal') && queue.push('bend'))) throw queueFull('the reset of controllers');
    return undefined;
  });
}

/** The place of a pitch wheel; refused rather than clamped, as notes are. */
function wheel(value: unknown): number {
  if (typeof value === 'number' && value >= -1 && value <= 1) return value;
  throw new NodeError('NODE_ARGUMENT', `position is -1 to 1 but was ${String(value)}`);
}

/** Refuses rather than clamps: a note out of its place is a wrong note. */
export function midiValue(name: string, value: unknown, least = 0): number {
  if (typeof value === 'number' && value >= least && value <= MOST_MIDI) return value;
  throw new NodeError('NODE_ARGUMENT', `${name} is ${least} to ${MOST_MIDI} but was ${String(value)}`);
}

export function queueFull(what: string): NodeError {
  return new NodeError('NODE_QUEUE_FULL', `${what} came with too many others at once`);
}
