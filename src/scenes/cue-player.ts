/** Goes through a cue list, one cue after the other. Control side. */
import type { Cue, CueList } from './cues.js';
import { SceneError } from './errors.js';

/** Where the show stands: what a restart needs. */
export interface CuePlace {
  /** Of the list. */
  readonly name: string;
  /** Of the cue that is on, from 1; 0 before the first. */
  readonly at: number;
}

export interface CuePlayerPorts {
  /** As the list is on the disk now. */
  read(name: string): Promise<CueList>;
  /** Starts the cue; resolves when its fade or morph has begun. Rejects with a coded error when it cannot. */
  perform(cue: Cue): Promise<void>;
  /** Calls back after `ms`, unless what it returns is called before. */
  later(ms: number, action: () => void): () => void;
  /** A cue is on. */
  isOn(number: number, name: string): void;
  /** A cue that nobody waits for could not be played. */
  failed(error: unknown): void;
  placeChanged(place: CuePlace): void;
}

export class CuePlayer {
  private list: CueList | undefined;
  /** Commands and what follows by itself, one after the other. */
  private turn: Promise<unknown> = Promise.resolve();
  private cancel: (() => void) | undefined;

  constructor(
    private readonly ports: CuePlayerPorts,
    private place: CuePlace = { name: '', at: 0 },
  ) {}

  /** Its number of cues. What plays plays on; `go` starts the first cue. */
  load(name: string): Promise<number> {
    return this.inTurn(async () => {
      this.list = await this.ports.read(name);
      this.stop();
      this.setPlace({ name, at: 0 });
      return this.list.cues.length;
    });
  }

  /** Number and name of the cue that is on. */
  go(): Promise<readonly [number, string]> {
    return this.inTurn(() => this.to(this.place.at + 1));
  }

  back(): Promise<readonly [number, string]> {
    return this.inTurn(() => this.to(this.place.at - 1));
  }

  /** `number` counts from 1. */
  goto(number: number): Promise<readonly [number, string]> {
    return this.inTurn(() => this.to(number));
  }

  /** The number of the cue that is on, 0 before the first, then the names of all. */
  names(): Promise<readonly [number, ...string[]]> {
    return this.inTurn(async () => {
      const { cues } = await this.current();
      return [this.place.at, ...cues.map(nameOf)];
    });
  }

  /** Nothing comes by itself any more. */
  stop(): void {
    this.cancel?.();
    this.cancel = undefined;
  }

  /** A list that was edited is taken as it is now; one that was spoilt is told, and the old one goes on. */
  private async current(): Promise<CueList> {
    const { name } = this.place;
    if (name === '') throw new SceneError('SCENE_CUE', 'No cue list is loaded.');
    try {
      this.list = await this.ports.read(name);
    } catch (error) {
      if (this.list === undefined) throw error;
      this.ports.failed(error);
    }
    return this.list;
  }

  private async to(number: number): Promise<readonly [number, string]> {
    const { cues } = await this.current();
    const cue = cues[number - 1];
    if (cue === undefined) {
      throw new SceneError('SCENE_CUE', `There is no cue ${number}; the list has 1 to ${cues.length}.`);
    }
    const { waitMs = 0 } = cue;
    // A preset that cannot be loaded is told to whoever asked, and the show stays where it is.
    if (waitMs === 0) await this.ports.perform(cue);
    this.stop();
    const name = nameOf(cue, number - 1);
    this.setPlace({ ...this.place, at: number });
    if (waitMs > 0) {
      this.cancel = this.ports.later(waitMs, () => this.later(() => this.waited(cue, number)));
    } else this.begun(cue, number);
    return [number, name];
  }

  private async waited(cue: Cue, number: number): Promise<void> {
    await this.ports.perform(cue);
    this.begun(cue, number);
  }

  private begun(cue: Cue, number: number): void {
    this.ports.isOn(number, nameOf(cue, number - 1));
    const isLast = number === this.list?.cues.length;
    if (cue.followMs === undefined || isLast) return;
    this.cancel = this.ports.later(cue.followMs, () => this.later(() => this.to(number + 1)));
  }

  /** By itself, unless a command has come meanwhile. */
  private later(action: () => Promise<unknown>): void {
    const { cancel } = this;
    this.inTurn(async () => {
      if (this.cancel === cancel) await action();
    }).catch((error: unknown) => this.ports.failed(error));
  }

  private inTurn<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.turn.catch(() => undefined).then(action);
    this.turn = turn;
    return turn;
  }

  private setPlace(place: CuePlace): void {
    this.place = place;
    this.ports.placeChanged(place);
  }
}

function nameOf(cue: Cue, index: number): string {
  return cue.name ?? cue.preset ?? cue.snapshot ?? `${index + 1}`;
}
