/** The voices that play, as the engine's main thread knows them: for lists, for other surfaces and for an engine that is started anew. */
import type { ParamSetting, Patch } from '../../graph/index.js';
import type { ControlMessage, VoiceStart } from '../control/index.js';
import { defaultVoiceLimit } from '../engine/voices/voices.js';

/** Plain data: it crosses to the supervisor and back. */
export interface VoiceMirror extends VoiceStart {
  /** By node of its patch, as they were set since it began. */
  readonly params: Readonly<Record<string, Readonly<Record<string, ParamSetting>>>>;
}

export interface VoicesMirror {
  readonly limit: number;
  /** In the order of their start. */
  readonly playing: readonly VoiceMirror[];
  /** How many voices of a preset are kept ready, by its name. */
  readonly pools: Readonly<Record<string, number>>;
  /** The patches of all these presets, by name. */
  readonly patches: Readonly<Record<string, Patch>>;
}

interface Entry {
  start: VoiceStart;
  readonly params: Record<string, Record<string, ParamSetting>>;
}

export class VoiceRoster {
  private limit = defaultVoiceLimit;
  private readonly entries = new Map<string, Entry>();
  private readonly pools = new Map<string, number>();
  private readonly patches = new Map<string, Patch>();

  has(id: string): boolean {
    return this.entries.has(id);
  }

  starts(): VoiceStart[] {
    return [...this.entries.values()].map(({ start }) => start);
  }

  started(start: VoiceStart, patch: Patch): void {
    this.entries.delete(start.id);
    this.entries.set(start.id, { start, params: {} });
    this.patches.set(start.presetName, patch);
  }

  ended(id: string): void {
    this.entries.delete(id);
    this.forgetPatches();
  }

  setPool(presetName: string, patch: Patch, count: number): void {
    if (count === 0) this.pools.delete(presetName);
    else {
      this.pools.set(presetName, count);
      this.patches.set(presetName, patch);
    }
    this.forgetPatches();
  }

  /** Of a preset that is kept ready: what `/voice/new` starts, whatever has become of the file. */
  pooled(presetName: string): Patch | undefined {
    return this.pools.has(presetName) ? this.patches.get(presetName) : undefined;
  }

  /** A message took effect. */
  apply(message: ControlMessage): void {
    if (message.kind === 'voice-limit') this.limit = message.limit;
    else if (message.kind === 'voice-place') {
      const { azimuth, distance } = message;
      const entry = this.entries.get(message.voice);
      if (entry !== undefined) entry.start = { ...entry.start, azimuth, distance };
    } else if (message.kind === 'param') this.applyParam(message.nodeId, message.name, message.value);
  }

  snapshot(): VoicesMirror {
    return {
      limit: this.limit,
      playing: [...this.entries.values()].map(({ start, params }) => ({ ...start, params: { ...params } })),
      pools: Object.fromEntries(this.pools),
      patches: Object.fromEntries(this.patches),
    };
  }

  private applyParam(nodeId: string, name: string, value: ParamSetting): void {
    const slash = nodeId.indexOf('/');
    if (slash < 0) return;
    const entry = this.entries.get(nodeId.slice(0, slash));
    if (entry === undefined) return;
    const node = nodeId.slice(slash + 1);
    if (node === '') entry.start = { ...entry.start, gainDb: value as number };
    else entry.params[node] = { ...entry.params[node], [name]: value };
  }

  private forgetPatches(): void {
    const used = new Set(this.pools.keys());
    for (const { start } of this.entries.values()) used.add(start.presetName);
    for (const name of this.patches.keys()) if (!used.has(name)) this.patches.delete(name);
  }
}

/** Of an engine that has played none. */
export const noVoices: VoicesMirror = new VoiceRoster().snapshot();

/** The patch of a voice with its params as they were set. */
export function patchAsSet(patch: Patch, params: VoiceMirror['params']): Patch {
  const nodes = patch.nodes.map((node) => ({ ...node, params: { ...node.params, ...params[node.id] } }));
  return { ...patch, nodes };
}
