/** MIDI messages as actions of a node `midi-in`. */
import type { ActionValue } from '../../graph/index.js';
import { wheelPosition } from '../../models/index.js';

export interface MidiAction {
  readonly name: string;
  readonly args: readonly ActionValue[];
}

const PEDAL = 64;
const ALL_SOUND_OFF = 120;
const RESET_CONTROLLERS = 121;
/** It and those after it, which change the mode of an instrument, let all notes go. */
const ALL_NOTES_OFF = 123;

export const LET_GO: MidiAction = { name: 'notes/off', args: [] };
export const CONTROLLERS_RESET: MidiAction = { name: 'controllers/reset', args: [] };
export const CLOCK_STOP: MidiAction = { name: 'clock/stop', args: [] };

const clockActions: Readonly<Record<number, MidiAction>> = {
  248: { name: 'clock', args: [] },
  250: { name: 'clock/start', args: [] },
  251: { name: 'clock/continue', args: [] },
  252: CLOCK_STOP,
};

/** 1 to 16; undefined for messages to all. */
export function channelOf(status: number): number | undefined {
  return status < 0xf0 ? (status & 0x0f) + 1 : undefined;
}

/** Whether the message is the clock's, which only those hear who ask for it. */
export function isClock(status: number): boolean {
  return status in clockActions;
}

/** Undefined for what has no meaning to a keyboard. */
export function actionOf(status: number, data1: number, data2: number): MidiAction | undefined {
  if (status >= 0xf0) return status === 0xff ? LET_GO : clockActions[status];
  switch (status & 0xf0) {
    case 0x90:
      return { name: 'note', args: [data1, data2] };
    case 0x80:
      return { name: 'note/off', args: [data1] };
    case 0xb0:
      return controllerAction(data1, data2);
    case 0xe0:
      return { name: 'bend', args: [wheelPosition(data1 + 128 * data2)] };
    default:
      return undefined;
  }
}

function controllerAction(controller: number, value: number): MidiAction | undefined {
  if (controller === PEDAL) return { name: 'pedal', args: [value >= 64] };
  if (controller === RESET_CONTROLLERS) return CONTROLLERS_RESET;
  return controller === ALL_SOUND_OFF || controller >= ALL_NOTES_OFF ? LET_GO : undefined;
}
