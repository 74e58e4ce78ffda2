/** What is told of MIDI ports. Nothing of it is an error: a patch plays on without its instrument. */
export const midiCodes = {
  MIDI_UNAVAILABLE: {
    summary: 'This machine offers no MIDI, or the package for it is missing; the node waits.',
    remedy:
      'Run npm install @julusian/midi (optional), and on Linux load the ALSA sequencer with modprobe snd-seq; OSC plays the node as well.',
  },
  MIDI_PORT_ABSENT: {
    summary: 'No MIDI port has the name that a node asks for; it is waited for.',
    remedy:
      'Plug the instrument in, or correct the setting `port`: a part of a name that `sashimi devices` lists.',
  },
  MIDI_PORT_LOST: {
    summary: 'A MIDI port has gone; its keys were let go, and it is waited for.',
    remedy: 'Plug it in again: it is found by its name.',
  },
  MIDI_PORT_FAILED: {
    summary: 'A MIDI port is there but could not be opened; it is tried again.',
    remedy: 'Close the program that holds it, or plug it in again.',
  },
  MIDI_OUTPUT_FAILED: {
    summary: 'A MIDI port cannot be sent to; it is tried again when it is plugged in anew.',
    remedy: 'Close the program that holds it, or plug it in again.',
  },
  MIDI_FLOOD: {
    summary: 'A MIDI port sends more than is taken; the rest was left out, and keys were let go.',
    remedy: 'Look for a loop between ports: something sends back what it receives.',
  },
  MIDI_CLOCK: {
    summary: 'A MIDI clock cannot be sent like this.',
    remedy: 'Name a part of a port that `sashimi devices` lists, and a tempo from 20 to 400.',
  },
} as const satisfies Readonly<Record<string, { readonly summary: string; readonly remedy: string }>>;

export type MidiCode = keyof typeof midiCodes;

/** Refuses a request of somebody who waits for the answer. */
export class MidiError extends Error {
  override readonly name = 'MidiError';
  readonly remedy: string;

  constructor(
    readonly code: MidiCode,
    message: string,
  ) {
    super(message);
    this.remedy = midiCodes[code].remedy;
  }
}
