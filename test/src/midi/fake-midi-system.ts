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

  send(name: string, ...bytes: number[]): void {
    this.opened.get(name)?.(Uint8Array.from(bytes));
  }
}
