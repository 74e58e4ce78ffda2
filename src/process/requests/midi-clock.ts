import type { MIDI_CLOCK_COMMANDS } from '../../control/commands/midi-clock.js';
import { MidiError } from '../../midi/errors.js';
import type { ClockHandle } from '../../midi/start-clock-worker.js';
import type { RequestHandlers } from './request-desk.js';

const tempoLimits = { min: 20, max: 400 } as const;

export function midiClockRequests(clock: ClockHandle): RequestHandlers<keyof typeof MIDI_CLOCK_COMMANDS> {
  return {
    '/midi-clock/start': ([port, tempoBpm]) => {
      const wanted = (port as string).trim();
      if (wanted === '' || wanted.length > 200) {
        throw new MidiError('MIDI_CLOCK', 'Expected a part of the name of a MIDI port but received none.');
      }
      clock.order({ kind: 'start', port: wanted, tempoBpm: tempoOf(tempoBpm as number) });
      return undefined;
    },
    '/midi-clock/tempo': ([tempoBpm]) => {
      clock.order({ kind: 'tempo', tempoBpm: tempoOf(tempoBpm as number) });
      return undefined;
    },
    '/midi-clock/stop': () => {
      clock.order({ kind: 'stop' });
      return undefined;
    },
    '/midi-clock/continue': () => {
      clock.order({ kind: 'continue' });
      return undefined;
    },
  };
}

function tempoOf(tempoBpm: number): number {
  const { min, max } = tempoLimits;
  if (tempoBpm >= min && tempoBpm <= max) return tempoBpm;
  throw new MidiError('MIDI_CLOCK', `Expected a tempo from ${min} to ${max} but received ${tempoBpm}.`);
}
