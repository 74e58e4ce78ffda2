/**
 * All that can be asked of a running engine, on its main thread: one desk for each group of commands, and the requests
 * that come to them over OSC and from MIDI controls.
 */
import { resolve } from 'node:path';
import type { NodeRegistry } from '../../graph/index.js';
import type { KeptBindings } from '../binding/index.js';
import type { ControlMessage, ReplyOrder, VoiceEndReason } from '../control/index.js';
import type { EngineFacts } from '../engine/engine.js';
import { describeError } from '../engine/errors.js';
import { ownPresets } from '../engine/presets.js';
import { attendClock, type ClockHandle } from '../midi/start-clock-worker.js';
import type { MidiHandle } from '../midi/start-midi-worker.js';
import type { OscHandle } from '../osc/index.js';
import type { AudioHandle } from './audio-handle.js';
import { BindingRoom } from './binding-room.js';
import { ControlRoom } from './control-room.js';
import type { EngineMirror } from './engine-link.js';
import { GraphDesk } from './graph-desk.js';
import type { Mirror } from './mirror.js';
import type { PlayEventKind } from './play-options.js';
import { bindingRequests } from './requests/bindings.js';
import { graphRequests } from './requests/graph.js';
import { midiClockRequests } from './requests/midi-clock.js';
import { RequestDesk } from './requests/request-desk.js';
import { sceneRequests } from './requests/scenes.js';
import { VoiceDesk } from './requests/voices.js';
import { SceneRoom } from './scene-room.js';

export interface DesksParts {
  readonly registry: NodeRegistry;
  readonly mirror: Mirror;
  readonly osc: OscHandle;
  readonly audio: AudioHandle;
  readonly midi: MidiHandle;
  /** See osc/clock-page.ts. */
  readonly clock: SharedArrayBuffer;
  readonly constants: { readonly sampleRate: number; readonly blockFrames: number };
  /** Where presets of one's own are; the usual folder when left out. */
  readonly presetFolder: string | undefined;
  /** Of the preset that plays at a first start. */
  readonly presetFile: string | undefined;
  /** Those that were there before a restart, or were asked for at the start. */
  readonly bindings: KeptBindings | undefined;
  /** The mirror has changed: whoever keeps a copy wants it soon. */
  mirrorChanged(): void;
  /** Another patch plays. */
  factsChanged(facts: EngineFacts): void;
  /** For the person at the terminal. */
  tell(event: PlayEventKind, message: string, code?: string): void;
  /** Ends the engine. */
  quit(): void;
}

export class Desks {
  private readonly voices: VoiceDesk;
  private readonly scenes: SceneRoom;
  private readonly bindings: BindingRoom;
  private readonly midiClock: ClockHandle;

  constructor(private readonly parts: DesksParts) {
    const { osc, midi, clock, constants, tell } = parts;
    this.bindings = new BindingRoom(parts, parts.bindings);
    const room = new ControlRoom({ ...parts, presetPlays: (preset) => this.bindings.presetPlays(preset) });
    const folder = resolve(parts.presetFolder ?? ownPresets);
    this.voices = new VoiceDesk(room, folder);
    this.scenes = new SceneRoom(room, { clock, folder, ...constants });
    this.midiClock = attendClock(clock, constants.sampleRate);
    this.midiClock.news$.subscribe(({ message, code }) => {
      if (code !== undefined) osc.broadcast({ kind: 'warning', source: 'midi-clock', code, message });
      tell(code === undefined ? 'midi' : 'warning', message, code);
    });
    const ports = {
      reply: (order: ReplyOrder) => osc.reply(order),
      failed: (code: string, message: string) => tell('error', message, code),
    };
    const desk = new RequestDesk(this.handlers(room), ports);
    const graph = new GraphDesk(room, ports, process.cwd());
    osc.requests$.subscribe((request) => void desk.take(request));
    midi.requests$.subscribe((request) => void desk.take(request));
    osc.edits$.subscribe((transaction) => void graph.take(transaction));
  }

  /** Sound is made. `restore`: of an engine that died, and goes on in this one. */
  playing(restore: EngineMirror | undefined): void {
    if (restore === undefined) {
      const { presetFile } = this.parts;
      this.bindings.presetPlays(presetFile === undefined ? {} : { file: presetFile });
      return;
    }
    this.bindings.refresh();
    void this.voices.restore(restore.voices, (error) => {
      const { code, message } = describeError(error, 'ENGINE_START');
      this.parts.tell('warning', `A voice is not back: ${message}`, code);
    });
  }

  /** They took effect, and the mirror knows. */
  applied(messages: readonly ControlMessage[]): void {
    this.bindings.applied(messages);
  }

  voiceEnded(id: string, reason: VoiceEndReason): void {
    this.voices.ended(id, reason);
  }

  async close(): Promise<void> {
    this.scenes.close();
    this.bindings.close();
    await this.midiClock.close();
  }

  private handlers(room: ControlRoom) {
    return {
      ...graphRequests(room),
      ...sceneRequests(this.scenes),
      ...this.voices.handlers,
      ...bindingRequests(this.bindings, process.cwd()),
      ...midiClockRequests(this.midiClock),
      '/quit': () => {
        // The answer leaves first.
        setImmediate(() => this.parts.quit());
        return undefined;
      },
    };
  }
}
