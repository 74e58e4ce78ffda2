/** Ports that are sent to: opened when they are there, opened again when they come back. Knows no threads and no driver. */
import type { MidiCode } from './errors.js';
import { isNamed } from './midi-ports.js';
import type { MidiSystem, OpenMidiOutput } from './midi-system.js';

export interface MidiOutputsSurroundings {
  tell(message: string, code?: MidiCode): void;
  /** It can be sent to from now on. */
  opened(portName: string): void;
}

export class MidiOutputs {
  private wanted: readonly string[] = [];
  private readonly outputs = new Map<string, OpenMidiOutput>();
  /** Not tried again before they have gone. */
  private readonly failed = new Set<string>();

  constructor(
    private readonly system: MidiSystem,
    private readonly around: MidiOutputsSurroundings,
  ) {}

  /** Sends to the ports whose names hold one of these, and to no others; an empty one means none. */
  want(parts: readonly string[]): void {
    this.wanted = parts.filter((part) => part !== '');
    this.poll();
  }

  /** Looks which ports are there: to be called about once a second. Whether there is MIDI at all, the inputs tell. */
  poll(): void {
    if (this.wanted.length === 0 && this.outputs.size === 0) return;
    let names: readonly string[] = [];
    try {
      names = this.system.outputNames();
    } catch {
      // Nothing is there.
    }
    for (const name of this.failed) if (!names.includes(name)) this.failed.delete(name);
    for (const [name, output] of this.outputs) {
      if (!names.includes(name) || !this.isWanted(name)) this.close(name, output);
    }
    for (const name of names) {
      if (this.isWanted(name) && !this.outputs.has(name) && !this.failed.has(name)) this.open(name);
    }
  }

  /** To every open port whose name holds `part`. Never throws: a port that fails is given up until it comes anew. */
  send(part: string, bytes: readonly number[]): void {
    for (const [name, output] of this.outputs) {
      if (!isNamed(name, part)) continue;
      try {
        output.send(bytes);
      } catch (error) {
        this.fail(name, error);
        this.close(name, output);
      }
    }
  }

  closeAll(): void {
    for (const [name, output] of this.outputs) this.close(name, output);
  }

  private isWanted(name: string): boolean {
    return this.wanted.some((part) => isNamed(name, part));
  }

  private open(name: string): void {
    try {
      this.outputs.set(name, this.system.openOutput(name));
    } catch (error) {
      this.fail(name, error);
      return;
    }
    this.around.tell(`Sends to the MIDI port "${name}".`);
    this.around.opened(name);
  }

  private fail(name: string, error: unknown): void {
    this.failed.add(name);
    const why = error instanceof Error ? error.message : String(error);
    this.around.tell(`The MIDI port "${name}" cannot be sent to: ${why}`, 'MIDI_OUTPUT_FAILED');
  }

  private close(name: string, output: OpenMidiOutput): void {
    this.outputs.delete(name);
    try {
      output.close();
    } catch {
      // A port that has gone may refuse to be closed.
    }
  }
}
