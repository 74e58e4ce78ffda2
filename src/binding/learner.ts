/** Waits for the next control that moves, and says which it was. Pure. */
import type { Movement } from './control-decoder.js';
import type { MidiControl } from './midi-control.js';

/** So long after one message alone it is believed to be all: the fine part of a pair follows at once. */
export const LEARN_AFTER_MS = 150;

/** Controllers that carry the number and the data of an NRPN. */
const NRPN_CONTROLLERS: ReadonlySet<number> = new Set([96, 97, 98, 99, 100, 101]);
const DATA = 6;
const FINE = 32;

interface Candidate {
  readonly movement: Movement;
  readonly portName: string;
  readonly sinceMs: number;
}

export class Learner {
  private candidate: Candidate | undefined;
  private hasNrpn = false;

  /** The control, as soon as it is sure. Letting go of a key is no movement. */
  heard(portName: string, movement: Movement, nowMs: number): MidiControl | undefined {
    const { kind, number, channel, position } = movement;
    if (kind === 'cc') {
      if (number === 98 || number === 99) this.hasNrpn = true;
      if (NRPN_CONTROLLERS.has(number) || (this.hasNrpn && (number === DATA || number === DATA + FINE))) {
        return undefined;
      }
      const earlier = this.candidate?.movement;
      if (earlier?.channel === channel && this.candidate?.portName === portName) {
        if (earlier.number === number) return controlOf(portName, movement);
        if (earlier.number + FINE === number)
          return controlOf(portName, { ...movement, kind: 'cc14', number: earlier.number });
      }
      this.candidate = { movement, portName, sinceMs: nowMs };
      return undefined;
    }
    if (kind === 'cc14' || (kind === 'note' && position === 0)) return undefined;
    // A key that is pressed down presses, too.
    if (kind === 'nrpn' || kind === 'note' || kind === 'bend' || kind === 'program')
      return controlOf(portName, movement);
    this.candidate ??= { movement, portName, sinceMs: nowMs };
    return undefined;
  }

  /** The control that moved once, when nothing followed. */
  due(nowMs: number): MidiControl | undefined {
    const { candidate } = this;
    if (candidate === undefined || nowMs - candidate.sinceMs < LEARN_AFTER_MS) return undefined;
    return controlOf(candidate.portName, candidate.movement);
  }
}

/** ALSA ends the names of its ports with numbers that are others the next time. */
const ALSA_NUMBERS = /\s+\d+:\d+$/;

function controlOf(portName: string, { kind, number, channel }: Movement): MidiControl {
  const port = portName.replace(ALSA_NUMBERS, '');
  return { kind, ...(number >= 0 && { number }), channel, port };
}
