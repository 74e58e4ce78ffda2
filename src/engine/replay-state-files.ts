import type { StateFiles, StateOwner } from '../../nodes/index.js';
import type { ReplayGate } from './replay-gate.js';

/** Of a replay: what it saves it keeps to itself, and what it loads is there when it was. */
export class ReplayStateFiles implements StateFiles {
  readonly #saved = new Map<string, Uint8Array>();

  constructor(
    private readonly files: StateFiles,
    private readonly gate: ReplayGate,
  ) {}

  async save(name: string, _owner: StateOwner, state: Uint8Array): Promise<void> {
    this.#saved.set(name, state);
  }

  load(name: string, owner: StateOwner): Promise<Uint8Array> {
    return this.gate.hold(() => {
      const saved = this.#saved.get(name);
      if (saved?.length === owner.stateBytes) return saved;
      return this.files.load(name, owner, 'offline') as Uint8Array;
    });
  }
}
