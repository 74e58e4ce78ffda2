import type { Patch } from '../../graph/index.js';
import type { KeptBindings } from '../binding/index.js';
import type { ControlMessage } from '../control/index.js';
import type { Peer } from '../osc/index.js';
import type { EngineMirror, ParamTable } from './engine-link.js';

/** What plays and how it is set, kept on the control side so that it outlives the audio thread and the process. */
export class Mirror {
  private params: Record<string, Record<string, ParamTable[string][string]>> = {};
  private subscribers: readonly Peer[] = [];
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

  setSubscribers(subscribers: readonly Peer[]): void {
    this.subscribers = subscribers;
  }

  setBindings(bindings: KeptBindings): void {
    this.bindings = bindings.own.length + bindings.ofPreset.length === 0 ? undefined : bindings;
  }

  /** A message took effect. */
  apply(message: ControlMessage): void {
    if (message.kind === 'param') {
      const values = this.params[message.nodeId] ?? {};
      values[message.name] = message.value;
      this.params[message.nodeId] = values;
    } else if (message.kind === 'master-gain') this.masterGainDb = message.gainDb;
    else if (message.kind === 'master-mute') this.muted = message.muted;
  }

  snapshot(): EngineMirror {
    const { patch, presetName, masterGainDb, muted, subscribers, bindings } = this;
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
      ...(bindings && { bindings }),
    };
  }
}
