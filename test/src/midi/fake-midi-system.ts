import type { MidiSystem } from '../../../src/midi/midi-system.js';

/** A machine with whatever ports are put into `there`. */
export class FakeMidiSystem implements MidiSystem {
  there: string[] = [];
  broken: string | undefined;
  taken = new Set<string>();
  readonly opened = new Map<string, (bytes: Uint8Array) => void>();

  names(): readonly string[] {
    if (this.broken !== undefined) throw new Error(this.broken);
    return this.there;
  }

  open(name: string, onBytes: (bytes: Uint8Array) => void) {
    if (this.taken.has(name)) throw new Error('it is taken');
    this.opened.set(name, onBytes);
    return {
      close: () => {
        this.opened.delete(name);
        if (!this.there.includes(name)) throw new Error('it has gone');
      },
    };
  }

  /** Ports that can be sent to, and what was sent to each. */
  outputs: string[] = [];
  readonly sent = new Map<string, number[][]>();
  /** Ports that fail when they are sent to. */
  readonly deaf = new Set<string>();

  outputNames(): readonly string[] {
    if (this.broken !== undefined) throw new Error(this.broken);
    return this.outputs;
  }

  openOutput(name: string) {
    if (this.taken.has(name)) throw new Error('it is taken');
    const sent: number[][] = [];
    this.sent.set(name, sent);
    return {
      send: (bytes: readonly number[]) => {
        if (this.deaf.has(name)) throw new Error('it has gone');
        sent.push([...bytes]);
      },
      close: () => {
        this.sent.delete(name);
      },
    };
  }

  send(name: string, ...bytes: number[]): void {
    this.opened.get(name)?.(Uint8Array.from(bytes));
  }
}
