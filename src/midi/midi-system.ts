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
  /** Names of the ports that can be sent to now. Throws, with a reason, where there is no MIDI. */
  outputNames(): readonly string[];
  /** Throws when the port is not there or is taken. */
  openOutput(name: string): OpenMidiOutput;
}

export interface OpenMidiOutput {
  /** One whole message. Throws when the port has gone. */
  send(bytes: readonly number[]): void;
  close(): void;
}

/** What is used of the package. */
interface MidiEnd {
  getPortCount(): number;
  getPortName(index: number): string;
  openPort(index: number): void;
  destroy(): void;
}
interface MidiInput extends MidiEnd {
  ignoreTypes(sysex: boolean, timing: boolean, activeSensing: boolean): void;
  on(event: 'messageBuffer', listener: (seconds: number, bytes: Uint8Array) => void): unknown;
}
interface MidiOutput extends MidiEnd {
  sendMessage(bytes: readonly number[]): void;
}
interface MidiPackage {
  readonly Input: new () => MidiInput;
  readonly Output: new () => MidiOutput;
}

const require = createRequire(import.meta.url);
/** RtMidi complains on stderr each time that it finds no ALSA sequencer: so it is looked for first. */
const alsaSequencer = '/dev/snd/seq';

/** Failures of the driver itself are asked about again after so many askings: each one is printed by it. */
const PATIENCE = 60;

export function createMidiSystem(): MidiSystem {
  const inputs = new Scout<MidiInput>(() => new (loadPackage().Input)());
  const outputs = new Scout<MidiOutput>(() => new (loadPackage().Output)());
  return {
    names: () => inputs.names(),
    open(name, onBytes) {
      const opened = inputs.find(name, (input) => {
        input.ignoreTypes(true, false, true);
        input.on('messageBuffer', (_seconds, bytes) => onBytes(bytes));
      });
      return { close: () => opened.destroy() };
    },
    outputNames: () => outputs.names(),
    openOutput(name) {
      const opened = outputs.find(name, () => undefined);
      return { send: (bytes) => opened.sendMessage(bytes), close: () => opened.destroy() };
    },
  };
}

/** Looks for the ports of one direction, by an end of its own that is never connected. */
class Scout<E extends MidiEnd> {
  private scout: E | undefined;
  private failure: Error | undefined;
  private asked = 0;

  constructor(private readonly make: () => E) {}

  names(): string[] {
    return namesOf(this.scouting());
  }

  /** Opens the port of this name. `begin` is called with it before. */
  find(name: string, begin: (end: E) => void): E {
    const opened = this.make();
    try {
      const index = namesOf(opened).indexOf(name);
      if (index < 0) throw new Error('it has just gone');
      begin(opened);
      opened.openPort(index);
    } catch (cause) {
      opened.destroy();
      throw cause;
    }
    return opened;
  }

  private scouting(): E {
    if (process.platform === 'linux') {
      try {
        needSequencer();
      } catch (cause) {
        // It was there, and its driver was taken out.
        this.scout?.destroy();
        this.scout = undefined;
        throw cause;
      }
    }
    if (this.scout !== undefined) return this.scout;
    if (this.failure !== undefined && this.asked++ < PATIENCE) throw this.failure;
    this.asked = 0;
    this.failure = undefined;
    try {
      this.scout = this.make();
      return this.scout;
    } catch (cause) {
      this.failure = cause instanceof Error ? cause : new Error(String(cause));
      throw this.failure;
    }
  }
}

function namesOf(end: MidiEnd): string[] {
  return Array.from({ length: end.getPortCount() }, (_, index) => end.getPortName(index));
}

/** What there is now, for a person: names, or why there is no MIDI here. Never throws. */
export function surveyMidi(): {
  readonly ports: readonly string[];
  readonly outputs: readonly string[];
  readonly reason?: string;
} {
  try {
    const system = createMidiSystem();
    return { ports: system.names(), outputs: system.outputNames() };
  } catch (error) {
    return { ports: [], outputs: [], reason: error instanceof Error ? error.message : String(error) };
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
