import type { ActionHandler, ActionValue, Services, Tick } from '../../graph/index.js';
import {
  ALL_TIERS,
  type ModelStream,
  type StateCommand,
  type StateCommandKind,
  type TierMask,
} from '../../models/index.js';
import { NodeError } from '../errors.js';
import { STATE_FILES, type StateOwner } from '../services.js';
import { ModelClock } from './model-clock.js';
import type { StateActionName } from './state-actions.js';
import { StateSlots } from './state-slots.js';
import { tiersOf } from './tier-words.js';

const DEFAULT_FADE_MS = 40;
const MAX_FADE_MS = 100;
/** How often a frozen or morphed memory returns: docs/state.md has what was measured. */
const DEFAULT_EVERY_MS = 250;
const MIN_EVERY_MS = 10;
const MAX_EVERY_MS = 10_000;
const MAX_LOOP_SECONDS = 60;
/** A position that moves is looked at this often. */
const MORPH_SLOT_MS = 5;
/** A state that is not there after so long never comes: the stream has stopped. */
const MAX_SAVE_SECONDS = 10;

/** What a node gives it: its NodeContext has all of that. */
export interface StateContext {
  readonly mode: 'live' | 'offline';
  /** Hz, of the engine. */
  readonly sampleRate: number;
  readonly seed: number;
  readonly services: Services;
  readonly params: {
    get(name: 'morph'): number;
    ahead(name: 'morph', frame: number): number;
    isSteady(name: 'morph'): boolean;
  };
  onAction(name: StateActionName, handler: ActionHandler): void;
}

/** A slot that is to be written to a file as soon as what it holds is there. */
interface Saving {
  readonly name: string;
  readonly slot: number;
  readonly untilFrame: number;
  readonly done: (value: Promise<undefined>) => void;
  readonly failed: (reason: unknown) => void;
}

/**
 * The states of a stream as an instrument: binds the actions of state-actions.ts and follows the param `morph`. Actions come
 * between ticks and apply to the next model frame; a position that moves is looked at on a grid of engine frames, so that all is the
 * same at any block size. On the audio path; a tick allocates nothing unless a state is being saved.
 */
export class StateInstrument {
  readonly #ctx: StateContext;
  readonly #stream: ModelStream;
  readonly #owner: () => StateOwner;
  readonly #slots = new StateSlots();
  /** How long a reset takes back what was stored: it is kept at most a look-ahead after the next read, and sure two later. */
  readonly #unsureFrames: number;
  readonly #clock: ModelClock;
  readonly #slotFrames: number;
  readonly #command = {
    kind: 'release' as StateCommandKind,
    a: 0,
    b: 0,
    position: 0,
    tiers: ALL_TIERS as TierMask,
    fadeFrames: 0,
    frames: 0,
    seed: 0,
  };
  readonly #saving: Saving[] = [];
  #isMorphing = false;
  /** The position last said. */
  #position = 0;
  #frame = 0;
  #forks = 0;

  /** `owner`: whose states they are, for files. `maxModelFrames`: most that a tick reads. */
  constructor(ctx: StateContext, stream: ModelStream, owner: () => StateOwner, maxModelFrames: number) {
    this.#ctx = ctx;
    const { planAheadFrames } = stream;
    this.#unsureFrames = planAheadFrames === 0 ? 0 : maxModelFrames + 3 * planAheadFrames;
    this.#stream = stream;
    this.#owner = owner;
    this.#clock = new ModelClock(stream.sampleRate, ctx.sampleRate);
    this.#slotFrames = Math.max(1, Math.round((MORPH_SLOT_MS * ctx.sampleRate) / 1000));
    const bind = (name: StateActionName, act: (args: readonly ActionValue[]) => ReturnType<ActionHandler>) =>
      ctx.onAction(name, act);
    bind('state/store', ([name]) => this.#store(String(name)));
    bind('state/recall', ([name, fadeMs, tiers]) => this.#recall(String(name), fadeMs, tiers));
    bind('state/morph', ([a, b, tiers, everyMs]) => this.#morph(String(a), String(b), tiers, everyMs));
    bind('state/save', ([name]) => this.#save(String(name)));
    bind('state/load', ([name]) => this.#load(String(name)));
    bind('freeze', ([on, tiers, everyMs]) => this.#freeze(on === true, tiers, everyMs));
    bind('loop', ([seconds, tiers, fadeMs]) => this.#loop(Number(seconds), tiers, fadeMs));
    bind('rewind', ([seconds, tiers, fadeMs]) => this.#rewind(Number(seconds), tiers, fadeMs));
    bind('fork', ([seed]) => this.#fork(seed));
  }

  /** The stream begins anew, at position 0. What was kept stays. */
  restart(): void {
    this.#clock.restart();
    this.#slots.restart();
    this.#isMorphing = false;
    this.#forks = 0;
  }

  /** Before the read of a tick; unless `isPlaying` nothing is read, and the stream's time stands still. */
  tell(tick: Tick, isPlaying: boolean): void {
    this.#frame = tick.startFrame;
    if (isPlaying) {
      this.#slots.settle(this.#stream.position);
      this.#clock.anchor(tick.startFrame, this.#stream.position);
    }
    if (this.#isMorphing) this.#follow(tick);
    if (this.#saving.length > 0) this.#saveWhatIsThere();
  }

  /** Says where the position moves to inside the tick. */
  #follow({ startFrame, numFrames }: Tick): void {
    const { params } = this.#ctx;
    if (params.isSteady('morph')) {
      this.#move(params.get('morph'), 0);
      return;
    }
    const step = this.#slotFrames;
    for (let at = Math.ceil(startFrame / step) * step; at < startFrame + numFrames; at += step) {
      const ahead = params.ahead('morph', at);
      this.#move(Number.isNaN(ahead) ? params.get('morph') : ahead, this.#clock.modelFrame(at));
    }
  }

  #move(position: number, frame: number): void {
    if (position === this.#position) return;
    // When it is refused the next slot says it.
    if (this.#say('move', { position }, frame)) this.#position = position;
  }

  #store(name: string): undefined {
    const slot = this.#slots.take(name);
    this.#do('keep', { a: slot });
    this.#slots.name(slot, name, this.#stream.position + this.#unsureFrames);
  }

  #recall(name: string, fadeMs: unknown, tiers: unknown): undefined {
    const slot = this.#slots.slotOf(name);
    const fadeFrames = this.#fadeFrames(fadeMs);
    const mask = this.#tiers(tiers, 'all');
    this.#end();
    this.#do('recall', { a: slot, b: slot, fadeFrames, tiers: mask });
  }

  #morph(nameA: string, nameB: string, tiers: unknown, everyMs: unknown): undefined {
    const [a, b] = [this.#slots.slotOf(nameA), this.#slots.slotOf(nameB)];
    const position = this.#ctx.params.get('morph');
    const frames = this.#everyFrames(everyMs);
    const wish = {
      a,
      b,
      position,
      tiers: this.#tiers(tiers, 'slow'),
      fadeFrames: this.#fadeFrames(undefined),
    };
    this.#do('recall', wish);
    this.#do('repeat', { ...wish, frames });
    this.#slots.hold(a, b);
    this.#isMorphing = true;
    this.#position = position;
  }

  #freeze(isOn: boolean, tiers: unknown, everyMs: unknown): undefined {
    if (!isOn) return this.#end();
    this.#repeatThis(this.#everyFrames(everyMs), this.#tiers(tiers, 'slow'), this.#fadeFrames(undefined));
  }

  #loop(seconds: number, tiers: unknown, fadeMs: unknown): undefined {
    if (seconds === 0) return this.#end();
    if (!(seconds > 0 && seconds <= MAX_LOOP_SECONDS))
      throw outOfRange('seconds', 0, MAX_LOOP_SECONDS, seconds);
    const frames = Math.max(1, Math.round(seconds * this.#stream.sampleRate));
    this.#repeatThis(frames, this.#tiers(tiers, 'all'), this.#fadeFrames(fadeMs));
  }

  /** The state of this moment returns from now on. */
  #repeatThis(frames: number, tiers: TierMask, fadeFrames: number): void {
    const slot = this.#slots.takeNameless();
    this.#do('keep', { a: slot });
    this.#do('repeat', { a: slot, b: slot, frames, tiers, fadeFrames });
    this.#slots.hold(slot, slot);
    this.#isMorphing = false;
  }

  #rewind(seconds: number, tiers: unknown, fadeMs: unknown): number {
    const { sampleRate, states } = this.#stream;
    const most = states.rewindFrames / sampleRate;
    if (!(seconds >= 0)) throw outOfRange('seconds', 0, most, seconds);
    const frames = Math.min(Math.round(seconds * sampleRate), states.rewindFrames);
    const wish = { frames, tiers: this.#tiers(tiers, 'all'), fadeFrames: this.#fadeFrames(fadeMs) };
    this.#end();
    this.#do('rewind', wish);
    return frames / sampleRate;
  }

  #fork(given: unknown): undefined {
    // Another one each time, and the same each time that the patch plays.
    const seed = typeof given === 'number' ? given : this.#ctx.seed + ++this.#forks;
    this.#do('fork', { seed: seed >>> 0 });
  }

  /** Nothing returns any more. */
  #end(): undefined {
    this.#do('release', {});
    this.#isMorphing = false;
    this.#slots.hold(-1, -1);
  }

  #save(name: string): Promise<undefined> {
    const slot = this.#slots.slotOf(name);
    const untilFrame = this.#frame + MAX_SAVE_SECONDS * this.#ctx.sampleRate;
    return new Promise((done, failed) => {
      this.#saving.push({ name, slot, untilFrame, done, failed });
    });
  }

  #saveWhatIsThere(): void {
    const { states } = this.#stream;
    for (let i = this.#saving.length - 1; i >= 0; i--) {
      const { name, slot, untilFrame, done, failed } = this.#saving[i]!;
      if (states.isKept(slot)) {
        const bytes = new Uint8Array(states.slotBytes);
        states.copySlot(slot, bytes);
        done(this.#write(name, bytes));
      } else if (this.#frame > untilFrame) {
        failed(new NodeError('MODEL_STATE_BUSY', `the state "${name}" was not there in time`));
      } else {
        continue;
      }
      this.#saving.splice(i, 1);
    }
  }

  async #write(name: string, bytes: Uint8Array): Promise<undefined> {
    await this.#ctx.services.get(STATE_FILES).save(name, this.#owner(), bytes);
  }

  #load(name: string): undefined | Promise<undefined> {
    // So that a wrong name or a full table is refused before any file is looked at.
    this.#slots.check(name);
    const files = this.#ctx.services.get(STATE_FILES);
    const bytes = files.load(name, this.#owner(), this.#ctx.mode);
    return bytes instanceof Promise
      ? bytes.then((loaded) => this.#fill(name, loaded))
      : this.#fill(name, bytes);
  }

  #fill(name: string, bytes: Uint8Array): undefined {
    const slot = this.#slots.take(name);
    if (!this.#stream.states.fillSlot(slot, bytes)) {
      throw new NodeError('MODEL_STATE_DAMAGED', `the state "${name}" is none of this model`);
    }
    this.#slots.name(slot, name);
  }

  /**
   * The model goes on from a state without a name, made by a voice of the same bundle and stepper that was aligned; the old sound
   * fades under the new one. Throws MODEL_STATE_DAMAGED or MODEL_STATE_BUSY.
   */
  takeUp(state: Uint8Array, fadeFrames: number): void {
    const slot = this.#slots.takeNameless();
    if (!this.#stream.states.fillSlot(slot, state)) {
      throw new NodeError('MODEL_STATE_DAMAGED', 'the state is none of this model');
    }
    this.#do('recall', { a: slot, b: slot, fadeFrames });
  }

  #do(kind: StateCommandKind, wish: Partial<StateCommand>): void {
    if (!this.#say(kind, wish, 0)) {
      throw new NodeError(
        'MODEL_STATE_BUSY',
        'more was asked of the states of this model than it does at once',
      );
    }
  }

  #say(kind: StateCommandKind, wish: Partial<StateCommand>, frame: number): boolean {
    const command = this.#command;
    command.kind = kind;
    command.a = wish.a ?? 0;
    command.b = wish.b ?? 0;
    command.position = wish.position ?? 0;
    command.tiers = wish.tiers ?? ALL_TIERS;
    command.fadeFrames = wish.fadeFrames ?? 0;
    command.frames = wish.frames ?? 0;
    command.seed = wish.seed ?? 0;
    return this.#stream.states.command(command, frame);
  }

  #tiers(words: unknown, otherwise: 'all' | 'slow'): TierMask {
    return tiersOf(typeof words === 'string' ? words : otherwise, this.#stream.states.numTiers);
  }

  #fadeFrames(fadeMs: unknown): number {
    return this.#frames('fadeMs', fadeMs, DEFAULT_FADE_MS, 0, MAX_FADE_MS);
  }

  #everyFrames(everyMs: unknown): number {
    return this.#frames('everyMs', everyMs, DEFAULT_EVERY_MS, MIN_EVERY_MS, MAX_EVERY_MS);
  }

  #frames(name: string, given: unknown, otherwise: number, min: number, max: number): number {
    const ms = typeof given === 'number' ? given : otherwise;
    if (!(ms >= min && ms <= max)) throw outOfRange(name, min, max, ms);
    return Math.round((ms * this.#stream.sampleRate) / 1000);
  }
}

function outOfRange(name: string, min: number, max: number, value: number): NodeError {
  return new NodeError('NODE_ARGUMENT', `${name} is ${min} to ${max} but was ${value}`);
}
