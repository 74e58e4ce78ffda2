/** The position of a control as the messages that put it there: to motors, rings and lamps. Pure. */
import { highestValue, type MidiControl } from './midi-control.js';

/** Whether it can be told where it stands. */
export function hasFeedback({ kind }: MidiControl): boolean {
  return kind !== 'program' && kind !== 'pressure' && kind !== 'key-pressure';
}

/** The value that stands for `position`, 0 to 1, on the wire. */
export function wireValue({ kind }: MidiControl, position: number): number {
  if (kind !== 'bend') return Math.round(position * highestValue(kind));
  return position < 0.5 ? Math.round(position * 16_384) : 8192 + Math.round((2 * position - 1) * 8191);
}

/** One message, or those of a pair. `channel` 1 to 16. */
export function feedbackMessages(
  control: MidiControl,
  channel: number,
  position: number,
): readonly (readonly number[])[] {
  const { kind, number = 0 } = control;
  const value = wireValue(control, position);
  const [coarse, fine] = [value >> 7, value & 127];
  const on = channel - 1;
  switch (kind) {
    case 'cc':
      return [[0xb0 | on, number, value]];
    case 'cc14':
      return [
        [0xb0 | on, number, coarse],
        [0xb0 | on, number + 32, fine],
      ];
    case 'nrpn':
      return [
        [0xb0 | on, 99, number >> 7],
        [0xb0 | on, 98, number & 127],
        [0xb0 | on, 6, coarse],
        [0xb0 | on, 38, fine],
      ];
    case 'bend':
      return [[0xe0 | on, fine, coarse]];
    case 'note':
      return [[0x90 | on, number, value]];
    default:
      return [];
  }
}
