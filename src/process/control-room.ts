/** What plays and how it is changed, on the engine's main thread: the mirror, the addresses and the ways to the audio thread. */
import type { NodeRegistry } from '../../graph/index.js';
import { addressTableOf } from '../control/index.js';
import type { EngineFacts } from '../engine/engine.js';
import type { Preset } from '../engine/presets.js';
import type { OscHandle } from '../osc/index.js';
import type { AudioHandle } from './audio-handle.js';
import type { Mirror } from './mirror.js';
import type { PlayEventKind } from './play-options.js';

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
  presetPlays(preset: Preset): void;
  /** For the person at the terminal. */
  tell(event: PlayEventKind, message: string): void;
}

export class ControlRoom {
  readonly registry: NodeRegistry;
  readonly mirror: Mirror;
  readonly audio: AudioHandle;
  readonly osc: OscHandle;

  constructor(private readonly parts: ControlRoomParts) {
    this.registry = parts.registry;
    this.mirror = parts.mirror;
    this.audio = parts.audio;
    this.osc = parts.osc;
  }

  /** Cross-fades to a preset and tells everybody. Rejects with a coded error; what played plays on. */
  async play(preset: Preset): Promise<void> {
    const { name, patch } = preset;
    const table = addressTableOf(patch, this.registry);
    const { facts, params } = await this.audio.load(patch, name);
    this.mirror.setPatch(patch, name, params);
    this.parts.factsChanged(facts);
    this.osc.setTable(table);
    this.parts.presetPlays(preset);
    this.osc.broadcast({ kind: 'preset-loaded', name });
    this.parts.tell('preset', `Plays the preset ${name}.`);
    this.parts.mirrorChanged();
  }
}
