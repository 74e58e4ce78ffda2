import type { Patch } from '../../graph/index.js';
import type { KeptBindings } from '../binding/index.js';
import type { ControlMessage } from '../control/index.js';
import type { Subscriber } from '../osc/index.js';
import type { EngineMirror, ParamTable, ScenePlace } from './engine-link.js';
import { VoiceRoster } from './voice-roster.js';

/** What plays and how it is set, kept on the control side so that it outlives the audio thread and the process. */
export class Mirror {
  readonly voices = new VoiceRoster();
  private params: Record<string, Record<string, ParamTable[string][string]>> = {};
  private subscribers: readonly Subscriber[] = [];
  private scene: ScenePlace | undefined;
  private bindings: KeptBindings | undefined;

  constructor(
    private patch: Patch,
    private presetName: string,
    private masterGainDb = 0,
    private muted = false,
  ) {}

  /** Another patch plays, with these values. */
  setPatch(patch: Patch, presetName: string, params: ParamTable): void {
    this.patch = patch;
    this.presetName = presetName;
    this.params = Object.fromEntries(Object.entries(params).map(([id, values]) => [id, { ...values }]));
  }

  setSubscribers(subscribers: readonly Subscriber[]): void {
    this.subscribers = subscribers;
  }

  setScene(scene: ScenePlace): void {
    this.scene = scene;
  }

  setBindings(bindings: KeptBindings): void {
    this.bindings = bindings.own.length + bindings.ofPreset.length === 0 ? undefined : bindings;
  }

  /** A message took effect. */
  apply(message: ControlMessage): void {
    this.voices.apply(message);
    if (message.kind === 'param' && !message.nodeId.includes('/')) {
      const values = this.params[message.nodeId] ?? {};
      values[message.name] = message.value;
      this.params[message.nodeId] = values;
    } else if (message.kind === 'master-gain') this.masterGainDb = message.gainDb;
    else if (message.kind === 'master-mute') this.muted = message.muted;
  }

  snapshot(): EngineMirror {
    const { patch, presetName, masterGainDb, muted, subscribers, scene, bindings } = this;
    const voices = this.voices.snapshot();
    const nodes = patch.nodes.map((node) => ({
      ...node,
      params: { ...node.params, ...this.params[node.id] },
    }));
    return {
      presetName,
      patch: { ...patch, nodes },
      masterGainDb,
      muted,
      subscribers,
      voices,
      ...(scene !== undefined && { scene }),
      ...(bindings && { bindings }),
    };
  }
}
