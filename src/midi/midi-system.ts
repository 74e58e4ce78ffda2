/** The MIDI of this machine, by the optional package @julusian/midi (RtMidi). It is loaded when somebody asks. */
import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';

export interface OpenMidiPort {
  close(): void;
}

export interface MidiSystem {
  /** Names of the ports that can be listened to now. Throws, with a reason, where there is no MIDI. */
  names(): readonly string[];
  /** Throws when the port is not there or is taken. `onBytes` is called with whole messages, later, on this thread. */
  open(name: string, onBytes: (bytes: Uint8Array) => void): OpenMidiPort;
}

/** What is used of the package. */
interface MidiInput {
  getPortCount(): number;
  getPortName(index: number): string;
  openPort(index: number): void;
  ignoreTypes(sysex: boolean, timing: boolean, activeSensing: boolean): void;
  on(event: 'messageBuffer', listener: (seconds: number, bytes: Uint8Array) => void): unknown;
  destroy(): void;
}
interface MidiPackage {
  readonly Input: new () => MidiInput;
}

const require = createRequire(import.meta.url);
/** RtMidi complains on stderr each time that it finds no ALSA sequencer: so it is looked for first. */
const alsaSequencer = '/dev/snd/seq';

/** Failures of the driver itself are asked about again after so many askings: each one is printed by it. */
const PATIENCE = 60;

export function createMidiSystem(): MidiSystem {
  let scout: MidiInput | undefined;
  let failure: Error | undefined;
  let asked = 0;
  const input = (): MidiInput => {
    return new (loadPackage().Input)();
  };
  const scouting = (): MidiInput => {
    if (process.platform === 'linux') {
      try {
        needSequencer();
      } catch (cause) {
        // It was there, and its driver was taken out.
        scout?.destroy();
        scout = undefined;
        throw cause;
      }
    }
    if (scout !== undefined) return scout;
    if (failure !== undefined && asked++ < PATIENCE) throw failure;
    asked = 0;
    failure = undefined;
    try {
      scout = input();
      return scout;
    } catch (cause) {
      failure = cause instanceof Error ? cause : new Error(String(cause));
      throw failure;
    }
  };
  const namesOf = (of: MidiInput): string[] =>
    Array.from({ length: of.getPortCount() }, (_, index) => of.getPortName(index));
  return {
    names: () => namesOf(scouting()),
    open(name, onBytes) {
      const opened = input();
      try {
        const index = namesOf(opened).indexOf(name);
        if (index < 0) throw new Error('it has just gone');
        opened.ignoreTypes(true, false, true);
        opened.on('messageBuffer', (_seconds, bytes) => onBytes(bytes));
        opened.openPort(index);
      } catch (cause) {
        opened.destroy();
        throw cause;
      }
      return { close: () => opened.destroy() };
    },
  };
}

/** What there is now, for a person: names, or why there is no MIDI here. Never throws. */
export function surveyMidi(): { readonly ports: readonly string[]; readonly reason?: string } {
  try {
    return { ports: createMidiSystem().names() };
  } catch (error) {
    return { ports: [], reason: error instanceof Error ? error.message : String(error) };
  }
}

function needSequencer(): void {
  try {
    accessSync(alsaSequencer, constants.R_OK | constants.W_OK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Error(
      code === 'ENOENT' ? `there is no ${alsaSequencer}` : `${alsaSequencer} may not be used (${code})`,
      { cause },
    );
  }
}

function loadPackage(): MidiPackage {
  try {
    return require('@julusian/midi') as MidiPackage;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new Error(`the package @julusian/midi cannot be loaded: ${why}`, { cause });
  }
}
