import type { StateFiles, StateOwner } from '../../nodes/index.js';
import { EngineError } from './errors.js';
import type { ReplayGate } from './replay-gate.js';

/**
 * Of a replay: nothing is saved, and what was loaded then comes from the take. `loaded`: the state of the load of that number,
 * counted from 1; undefined where it failed.
 */
export class ReplayStateFiles implements StateFiles {
  #numLoads = 0;

  constructor(
    private readonly gate: ReplayGate,
    private readonly loaded: (load: number) => Uint8Array | undefined,
  ) {}

  async save(): Promise<void> {
    // The state is in the files that were saved then.
  }

  load(name: string, { stateBytes }: StateOwner): Promise<Uint8Array> {
    const state = this.loaded(++this.#numLoads);
    return this.gate.hold(() => {
      if (state?.length === stateBytes) return state;
      throw new EngineError(
        'ENGINE_STATE_NOT_FOUND',
        `The state "${name}" could not be loaded then, either.`,
      );
    });
  }
}

/** Of a take: `keep` is given every state that was loaded, with the number of the load, counted from 1. */
export class KeptStateFiles implements StateFiles {
  #numLoads = 0;

  constructor(
    private readonly files: StateFiles,
    private readonly keep: (load: number, state: Uint8Array) => void,
  ) {}

  save(name: string, owner: StateOwner, state: Uint8Array): Promise<void> {
    return this.files.save(name, owner, state);
  }

  async load(name: string, owner: StateOwner, mode: 'live' | 'offline'): Promise<Uint8Array> {
    const load = ++this.#numLoads;
    const state = await this.files.load(name, owner, mode);
    this.keep(load, state);
    return state;
  }
}
