/** Voices, as the engine's main thread starts and ends them: their addresses, what is remembered of them, what is told. */
import type { ActionValue, Patch } from '../../../graph/index.js';
import {
  isVoiceId,
  VOICE_DISTANCE,
  VOICE_PARAMS,
  type VoiceEndReason,
  type VoiceMessage,
  type VoiceStart,
  voiceAddresses,
} from '../../control/index.js';
import { EngineError } from '../../engine/errors.js';
import { readRemotePreset } from '../../engine/presets.js';
import { mostVoices } from '../../engine/voices/voices.js';
import type { ControlRoom } from '../control-room.js';
import { patchAsSet, type VoicesMirror } from '../voice-roster.js';
import type { RequestHandlers } from './request-desk.js';

/** As a voice ends where nobody says how long that takes. */
const fadeMs = 30;
const mostFadeMs = 3_600_000;
/** Of priorities, either way. */
const mostPriority = 1_000_000;

type VoiceRequest =
  | '/voice/new'
  | '/voice/free'
  | '/voice/free-all'
  | '/voice/list'
  | '/voice/pool'
  | '/voice/limit';

export class VoiceDesk {
  /** `presetFolder`: of one's own presets. */
  constructor(
    private readonly room: ControlRoom,
    private readonly presetFolder: string,
  ) {}

  readonly handlers: RequestHandlers<VoiceRequest> = {
    '/voice/new': (args) => this.start(args),
    '/voice/free': ([id, ms = fadeMs]) => {
      this.refuseUnknown(id as string);
      this.say({ kind: 'voice-fade', voice: id as string, fadeMs: within('ms', ms, 0, mostFadeMs) });
      return undefined;
    },
    '/voice/free-all': ([ms = fadeMs]) => {
      this.say({ kind: 'voice-free-all', fadeMs: within('ms', ms, 0, mostFadeMs) });
      return undefined;
    },
    '/voice/list': () => {
      const starts = this.room.mirror.voices.starts();
      return [starts.length, ...starts.flatMap(({ id, presetName, priority }) => [id, presetName, priority])];
    },
    '/voice/pool': async ([preset, count]) => {
      const { name, patch } = readRemotePreset(preset as string, process.cwd(), this.presetFolder);
      await this.keepReady(name, patch, within('count', count, 0, mostVoices));
      return undefined;
    },
    '/voice/limit': ([limit]) => {
      this.say({ kind: 'voice-limit', limit: within('limit', limit, 0, mostVoices) });
      return undefined;
    },
  };

  /** One has ended, for whatever reason. */
  ended(id: string, reason: VoiceEndReason): void {
    const { mirror, osc } = this.room;
    mirror.voices.ended(id);
    osc.setVoice(id);
    osc.broadcast({ kind: 'voice-ended', id, reason });
    this.room.changed();
  }

  /** Of an engine that died: its voices begin anew, as they were set. What cannot be brought back is told. */
  async restore(
    { limit, playing, pools, patches }: VoicesMirror,
    failed: (error: unknown) => void,
  ): Promise<void> {
    this.say({ kind: 'voice-limit', limit });
    for (const { params, ...start } of playing) {
      const patch = patches[start.presetName];
      if (patch !== undefined) await this.begin(start, patchAsSet(patch, params)).catch(failed);
    }
    for (const [name, count] of Object.entries(pools)) {
      const patch = patches[name];
      if (patch !== undefined) await this.keepReady(name, patch, count).catch(failed);
    }
  }

  private async start(args: readonly ActionValue[]): Promise<undefined> {
    const [preset, id, priority = 0, gainDb = 0, azimuth = 0, distance = VOICE_DISTANCE.default] = args;
    if (!isVoiceId(id as string)) {
      throw new EngineError('VOICE_ID', `A voice cannot be called "${(id as string).slice(0, 64)}".`);
    }
    const { gain } = VOICE_PARAMS;
    const place = {
      priority: within('priority', priority, -mostPriority, mostPriority),
      gainDb: within('gain', gainDb, gain.min, gain.max),
      azimuth: (azimuth as number) % 360,
      distance: within('distance', distance, VOICE_DISTANCE.min, VOICE_DISTANCE.max),
    };
    const pooled = this.room.mirror.voices.pooled(preset as string);
    const { name, patch } =
      pooled === undefined
        ? readRemotePreset(preset as string, process.cwd(), this.presetFolder)
        : { name: preset as string, patch: pooled };
    await this.begin({ id: id as string, presetName: name, ...place }, patch);
    return undefined;
  }

  /** The addresses are known before anybody is told that it sounds. */
  private async begin(start: VoiceStart, patch: Patch): Promise<void> {
    const { audio, mirror, osc, registry } = this.room;
    await audio.startVoice({ ...start, patch });
    mirror.voices.started(start, patch);
    osc.setVoice(start.id, voiceAddresses(start.id, patch, registry));
    osc.broadcast({ kind: 'voice-started', id: start.id, preset: start.presetName });
    this.room.changed();
  }

  private async keepReady(name: string, patch: Patch, count: number): Promise<void> {
    await this.room.audio.keepVoicesReady(name, patch, count);
    this.room.mirror.voices.setPool(name, patch, count);
    this.room.changed();
  }

  private say(message: VoiceMessage): void {
    this.room.audio.apply([{ frame: 0, message }]);
  }

  private refuseUnknown(id: string): void {
    if (!this.room.mirror.voices.has(id)) {
      throw new EngineError('VOICE_UNKNOWN', `No voice "${id.slice(0, 64)}" plays.`);
    }
  }
}

function within(name: string, value: ActionValue | undefined, min: number, max: number): number {
  const number = value as number;
  if (number >= min && number <= max) return number;
  throw new EngineError('VOICE_OPTION', `Expected ${name} from ${min} to ${max} but received ${number}.`);
}
