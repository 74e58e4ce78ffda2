/** OSC arguments to what the control plane understands. */
import type { ControlArg } from '../control/coerce.js';
import type { OscArg } from './wire.js';

const IMPULSE: ControlArg = { kind: 'impulse' };
const OTHER: Readonly<Record<string, string>> = {
  b: 'a blob (b)',
  t: 'a time tag (t)',
  r: 'a colour (r)',
  m: 'a MIDI message (m)',
  N: 'nil (N)',
  '[': 'an array',
};

export function plainArg(arg: OscArg): ControlArg {
  switch (arg.type) {
    case 'i':
    case 'f':
    case 'd':
      return { kind: 'number', value: arg.value };
    case 'h':
      return { kind: 'number', value: Number(arg.value) };
    case 's':
    case 'S':
    case 'c':
      return { kind: 'string', value: arg.value };
    case 'T':
    case 'F':
      return { kind: 'bool', value: arg.type === 'T' };
    case 'I':
      return IMPULSE;
    default:
      return { kind: 'other', type: OTHER[arg.type]! };
  }
}
