/** What plays and how it is changed, on the engine's main thread: the mirror, the addresses and the ways to the audio thread. */
import type { NodeRegistry } from '../../graph/index.js';
import { addressTableOf } from '../control/index.js';
import type { EngineFacts } from '../engine/engine.js';
import type { Preset } from '../engine/presets.js';
import type { OscHandle } from '../osc/index.js';
import type { AudioHandle } from './audio-handle.js';
import type { ScenePlace } from './engine-link.js';
import type { Mirror } from './mirror.js';
import type { PlayEventKind } from './play-options.js';

/** `file`: where it was read from, when it was. */
export type PlayablePreset = Pick<Preset, 'name' | 'patch'> & Partial<Pick<Preset, 'file'>>;

export interface ControlRoomParts {
  readonly registry: NodeRegistry;
  readonly mirror: Mirror;
  readonly audio: AudioHandle;
  readonly osc: OscHandle;
  /** The mirror has changed: whoever keeps a copy wants it soon. */
  mirrorChanged(): void;
  /** Another patch plays. */
  factsChanged(facts: EngineFacts): void;
  /** It has a file, which others may lie beside. */
  presetPlays(preset: PlayablePreset): void;
  /** For the person at the terminal. */
  tell(event: PlayEventKind, message: string, code?: string): void;
}

export class ControlRoom {
  readonly registry: NodeRegistry;
  readonly mirror: Mirror;
  readonly audio: AudioHandle;
  readonly osc: OscHandle;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: ControlRoomParts) {
    this.registry = parts.registry;
    this.mirror = parts.mirror;
    this.audio = parts.audio;
    this.osc = parts.osc;
  }

  /** The mirror has changed. */
  changed(): void {
    this.parts.mirrorChanged();
  }

  /** What changes the patch is done one after the other, each upon what the one before has left. */
  inTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = this.turn.catch(() => undefined).then(change);
    this.turn = turn;
    return turn;
  }

  /** Cross-fades to a preset, over `fadeMs` or as the engine does, and tells everybody. Rejects with a coded error; what played plays on. */
  play(preset: PlayablePreset, fadeMs?: number): Promise<void> {
    return this.inTurn(() => this.load(preset, fadeMs));
  }

  /** The patch that plays was edited, and the mirror knows. */
  edited(numEdits: number): void {
    this.parts.tell('preset', `The patch was edited: ${numEdits} ${numEdits === 1 ? 'change' : 'changes'}.`);
    this.parts.mirrorChanged();
  }

  private async load(preset: PlayablePreset, fadeMs?: number): Promise<void> {
    const { name, patch } = preset;
    const table = addressTableOf(patch, this.registry);
    const { facts, params } = await this.audio.load(patch, name, fadeMs);
    this.mirror.setPatch(patch, name, params);
    this.parts.factsChanged(facts);
    this.osc.setTable(table);
    this.parts.presetPlays(preset);
    this.osc.broadcast({ kind: 'preset-loaded', name });
    this.parts.tell('preset', `Plays the preset ${name}.`);
    this.parts.mirrorChanged();
  }

  /** Outlives the process. */
  remember(scene: ScenePlace): void {
    this.mirror.setScene(scene);
    this.parts.mirrorChanged();
  }

  /** For everybody, at the terminal too: all play on. */
  warn(source: string, code: string, message: string): void {
    this.osc.broadcast({ kind: 'warning', source, code, message });
    this.parts.tell('warning', message, code);
  }

  /** For the person at the terminal. */
  tell(event: PlayEventKind, message: string): void {
    this.parts.tell(event, message);
  }
}
