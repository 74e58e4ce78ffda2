import { defineNode, type EventBlock, perBlock } from '../../graph/index.js';
import { MIDI_INPUTS } from '../services.js';
import { bindKeyboard, keyboardActions, queueFull } from './keyboard.js';
import { NoteQueue } from './note-queue.js';

/** What a MIDI clock says, by the action that says it here. */
const clockEvents = {
  clock: 'pulse',
  'clock/start': 'start',
  'clock/stop': 'stop',
  'clock/continue': 'continue',
} as const;

/**
 * What a port sends arrives as actions of this node, by way of the engine. So it is stamped with its frame as any message
 * is, a take can be played again without the instrument, and the same actions can be sent over OSC.
 */
export const midiIn = defineNode({
  type: 'midi-in',
  role: 'source',
  summary:
    'A keyboard at a MIDI port, whichever is plugged in: notes, the sustain pedal, the pitch wheel, and the clock.',
  params: {},
  settings: {
    port: {
      type: 'string',
      label: 'MIDI port: a part of its name; empty for all of them',
      default: '',
    },
    channel: { type: 'number', label: 'MIDI channel, 1 to 16; 0 for all', min: 0, max: 16, default: 0 },
    clock: { type: 'bool', label: 'Hear the MIDI clock', default: false },
  },
  actions: {
    ...keyboardActions,
    clock: { label: 'Clock', description: 'One of 24 pulses of a quarter note.', args: [] },
    'clock/start': {
      label: 'Clock start',
      description: 'The next pulse begins the piece.',
      args: [],
    },
    'clock/stop': { label: 'Clock stop', description: 'Waits until the clock starts or goes on.', args: [] },
    'clock/continue': { label: 'Clock continue', description: 'Goes on where it stopped.', args: [] },
  },
  inputs: {},
  outputs: {
    notes: { kind: 'event' },
    clock: { kind: 'event', label: 'The MIDI clock, for a sequencer' },
  },
  // Offline there are no ports: what came is in the messages.
  prepare: async ({ mode, services, nodeId, settings }) =>
    mode === 'offline'
      ? undefined
      : services.get(MIDI_INPUTS).listen({
          nodeId,
          port: settings.port,
          channel: Math.round(settings.channel),
          hasClock: settings.clock,
        }),
  create: (ctx, listening) =>
    perBlock(() => {
      const notes = new NoteQueue();
      const clock = new NoteQueue();
      const result: { notes: EventBlock; clock: EventBlock } = { notes: notes.take(), clock: clock.take() };
      bindKeyboard(ctx.onAction, notes);
      for (const [name, type] of Object.entries(clockEvents)) {
        ctx.onAction(name as keyof typeof clockEvents, () => {
          if (!clock.push(type)) throw queueFull(`the ${name}`);
          return undefined;
        });
      }
      listening?.begin();
      return () => {
        result.notes = notes.take();
        result.clock = clock.take();
        return result;
      };
    }),
  dispose: async (listening) => listening?.close(),
});
