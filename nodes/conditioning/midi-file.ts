import { defineNode, type EventBlock, perBlock } from '../../graph/index.js';
import { performanceEvents } from '../../models/index.js';
import { NodeError } from '../errors.js';
import { MIDI_FILES } from '../services.js';
import { NoteQueue } from './note-queue.js';
import { ScorePlayer } from './score-player.js';

/** Events are not known ahead: a graph foresees conditioning only. So a live model takes them as it takes played ones. */
export const midiFile = defineNode({
  type: 'midi-file',
  role: 'source',
  summary: 'Plays a Standard MIDI File: its notes, the sustain pedal and the pitch wheel, at any speed.',
  params: {
    rate: {
      type: 'float',
      label: 'Speed, 1 as written; 0 holds',
      unit: 'ratio',
      min: 0,
      max: 8,
      default: 1,
      warp: 'lin',
      smoothingMs: 0,
    },
    loop: { type: 'bool', label: 'Begin again at the end', default: false },
  },
  settings: {
    file: { type: 'string', label: 'MIDI file: a name in presets/midi, or a path' },
    autoplay: { type: 'bool', label: 'Play from the start', default: true },
  },
  actions: {
    play: {
      label: 'Play',
      description: 'Plays from the beginning, or from a place in the piece.',
      args: [
        {
          name: 'fromSeconds',
          type: 'float',
          description: 'Where to begin, in seconds of the piece as written.',
          optional: true,
        },
      ],
    },
    stop: { label: 'Stop', description: 'Stops, and lets all keys and the pedal go.', args: [] },
  },
  inputs: {},
  outputs: { notes: { kind: 'event' } },
  prepare: async ({ services, settings }) => {
    const performance = await services.get(MIDI_FILES).read(settings.file);
    return { events: performanceEvents(performance), seconds: performance.seconds };
  },
  create: (ctx, { events, seconds }) =>
    perBlock(() => {
      const queue = new NoteQueue();
      const player = new ScorePlayer(events, seconds, queue);
      const rates = new Float32Array(ctx.maxBlockFrames);
      const result: { notes: EventBlock } = { notes: queue.take() };
      let rate = Number.NaN;
      ctx.onAction('play', ([from = 0]) => {
        if (!(typeof from === 'number' && from >= 0 && from <= seconds)) {
          throw new NodeError('NODE_ARGUMENT', `fromSeconds is 0 to ${seconds} but was ${String(from)}`);
        }
        player.play(from);
        return undefined;
      });
      ctx.onAction('stop', () => {
        player.stop();
        return undefined;
      });
      if (ctx.settings.autoplay) player.play(0);
      if (!events.some(({ type }) => type === 'note-on')) {
        ctx.warn('NODE_NO_NOTES', `${ctx.settings.file} has no notes`);
      }
      return ({ tick: { startFrame, numFrames } }) => {
        const isLooping = ctx.params.get('loop');
        ctx.params.ramp('rate', rates, numFrames);
        player.begin(startFrame);
        let hasRoom = true;
        for (let i = 0; i < numFrames; i++) {
          if (rates[i] === rate) continue;
          rate = rates[i]!;
          hasRoom = hasRoom && player.playUpTo(startFrame + i, startFrame, isLooping);
          player.setSpeed(startFrame + i, rate / ctx.sampleRate);
        }
        hasRoom = hasRoom && player.playUpTo(startFrame + numFrames, startFrame, isLooping);
        if (!hasRoom) ctx.warn('NODE_EVENTS_LATE', 'too many notes at once: the rest comes a tick later');
        result.notes = queue.take();
        return result;
      };
    }),
});
