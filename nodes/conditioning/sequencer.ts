import { defineNode, type EventBlock, perBlock } from '../../graph/index.js';
import { NodeError } from '../errors.js';
import { NoteQueue } from './note-queue.js';
import { PulseClock } from './pulse-clock.js';
import { checkedStep, MOST_STEPS, parsePattern, REST } from './step-pattern.js';
import { StepPlayer } from './step-player.js';

const SECONDS_PER_MINUTE = 60;

const params = {
  running: { type: 'bool', label: 'Running; held, it lets go of what sounds', default: true },
  tempoBpm: {
    type: 'float',
    label: 'Quarter notes per minute, without a MIDI clock',
    unit: 'none',
    min: 10,
    max: 400,
    default: 120,
    warp: 'exp',
    smoothingMs: 0,
  },
  stepsPerBeat: {
    type: 'int',
    label: 'Steps of a quarter note',
    unit: 'none',
    min: 1,
    max: 24,
    default: 4,
  },
  swing: {
    type: 'float',
    label: 'How late every second step is, in steps: 0.33 for triplets',
    unit: 'ratio',
    min: 0,
    max: 0.9,
    default: 0,
    warp: 'lin',
    smoothingMs: 0,
  },
  gate: {
    type: 'float',
    label: 'Length of a note, in steps',
    unit: 'ratio',
    min: 0.05,
    max: 4,
    default: 0.8,
    warp: 'lin',
    smoothingMs: 0,
  },
  transposeSemitones: {
    type: 'int',
    label: 'Transposition',
    unit: 'semitones',
    min: -48,
    max: 48,
    default: 0,
  },
} as const;

/** Events are not known ahead: a graph foresees conditioning only. So a live model takes them as it takes played ones. */
export const sequencer = defineNode({
  type: 'sequencer',
  role: 'source',
  summary: 'Plays a pattern of up to 32 steps round and round, by its own clock or by a MIDI clock.',
  params,
  settings: {
    pattern: {
      type: 'string',
      label: 'Steps to begin with, as the action `pattern` takes them',
      default: '60 . 64 67:0.5',
    },
  },
  actions: {
    step: {
      label: 'Step',
      description: 'Sets one step; the pattern grows to have it.',
      args: [
        { name: 'step', type: 'int', description: `Which, 1 to ${MOST_STEPS}.` },
        { name: 'pitch', type: 'int', description: 'MIDI key number, 0 to 127; 60 is middle C.' },
        { name: 'velocity', type: 'int', description: 'How hard, 1 to 127; 0 makes it a rest.' },
        {
          name: 'probability',
          type: 'float',
          description: 'How often it is played, 0 to 1.',
          optional: true,
        },
        {
          name: 'gate',
          type: 'float',
          description: 'Its length, times that of all, 0.01 to 16.',
          optional: true,
        },
      ],
    },
    pattern: {
      label: 'Pattern',
      description: 'Replaces all steps; the next one is played at its time.',
      args: [
        {
          name: 'steps',
          type: 'string',
          description: 'Keys and rests: 60 . 64@80 67:0.5*2, with @ velocity, : probability, * gate.',
        },
      ],
    },
    clear: { label: 'Clear', description: 'Makes every step a rest.', args: [] },
    restart: { label: 'Restart', description: 'Plays the first step now.', args: [] },
  },
  inputs: {
    clock: { kind: 'event', optional: true, label: 'A MIDI clock to follow' },
  },
  outputs: { notes: { kind: 'event' } },
  prepare: async ({ settings }) => parsePattern(settings.pattern),
  create: (ctx, pattern) =>
    perBlock(() => {
      const queue = new NoteQueue();
      const player = new StepPlayer(ctx.seed, queue);
      const hasClock = ctx.isConnected('clock');
      const clock = new PulseClock(params.stepsPerBeat.default);
      const tempos = new Float32Array(ctx.maxBlockFrames);
      const result: { notes: EventBlock } = { notes: queue.take() };
      let isRestarting = true;
      /** As the MIDI clock says. Many never say start. */
      let isGoing = true;
      let wasRunning = true;
      player.steps = pattern;

      ctx.onAction('step', ([place, ...values]) => {
        if (!(typeof place === 'number' && place >= 1 && place <= MOST_STEPS)) {
          throw new NodeError('NODE_ARGUMENT', `step is 1 to ${MOST_STEPS} but was ${String(place)}`);
        }
        const step = checkedStep(values[0], values[1], values[2], values[3]);
        const steps = [...player.steps];
        while (steps.length < place) steps.push(REST);
        steps[place - 1] = step;
        player.steps = steps;
        return undefined;
      });
      ctx.onAction('pattern', ([text]) => {
        player.steps = parsePattern(String(text));
        return undefined;
      });
      ctx.onAction('clear', () => {
        player.steps = player.steps.map(() => REST);
        return undefined;
      });
      ctx.onAction('restart', () => {
        isRestarting = true;
        return undefined;
      });

      /** By its own tempo. */
      const playFree = (startFrame: number, numFrames: number, isRunning: boolean): boolean => {
        if (!isRunning) {
          player.setSpeed(startFrame, 0);
          return true;
        }
        const stepsPerMinuteFrame = ctx.params.get('stepsPerBeat') / (SECONDS_PER_MINUTE * ctx.sampleRate);
        ctx.params.ramp('tempoBpm', tempos, numFrames);
        let hasRoom = true;
        for (let i = 0, before = Number.NaN; i < numFrames; i++) {
          const tempo = tempos[i]!;
          if (tempo === before) continue;
          before = tempo;
          hasRoom = hasRoom && player.playUpTo(startFrame + i, startFrame);
          player.setSpeed(startFrame + i, tempo * stepsPerMinuteFrame);
        }
        return hasRoom && player.playUpTo(startFrame + numFrames, startFrame);
      };
      /** By the pulses of a MIDI clock. */
      const playClocked = (
        startFrame: number,
        numFrames: number,
        isRunning: boolean,
        { events, count }: EventBlock,
      ): boolean => {
        clock.stepsPerBeat = ctx.params.get('stepsPerBeat');
        let hasRoom = true;
        for (let i = 0; i < count; i++) {
          const { type, frameOffset } = events[i]!;
          const frame = startFrame + frameOffset;
          if (isRunning && isGoing) hasRoom = hasRoom && player.playUpTo(frame, startFrame);
          if (type === 'pulse') {
            clock.pulse(frame, isRunning && isGoing);
            if (isRunning && isGoing) {
              player.place(frame, clock.position, clock.limit);
              player.setSpeed(frame, clock.speed);
            }
          } else if (type === 'start') {
            clock.restart(0);
            player.restart(frame, frameOffset);
            player.place(frame, 0, 0);
            isGoing = true;
          } else if (type === 'continue') {
            isGoing = true;
          } else if (type === 'stop') {
            isGoing = false;
            player.release(frameOffset);
          }
        }
        return hasRoom && (!(isRunning && isGoing) || player.playUpTo(startFrame + numFrames, startFrame));
      };

      return ({ tick: { startFrame, numFrames }, in: inputs }) => {
        const isRunning = ctx.params.get('running');
        player.style.swing = ctx.params.get('swing');
        player.style.gate = ctx.params.get('gate');
        player.style.semitones = ctx.params.get('transposeSemitones');
        if (isRestarting) {
          clock.restart(0);
          player.restart(startFrame, 0);
          if (hasClock) player.place(startFrame, 0, 0);
        }
        if (wasRunning && !isRunning) player.release(0);
        wasRunning = isRunning;
        isRestarting = false;
        const hasRoom = hasClock
          ? playClocked(startFrame, numFrames, isRunning, inputs.clock)
          : playFree(startFrame, numFrames, isRunning);
        if (!hasRoom) ctx.warn('NODE_EVENTS_LATE', 'too many notes at once: the rest comes a tick later');
        result.notes = queue.take();
        return result;
      };
    }),
});
