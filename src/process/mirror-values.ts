/** What every param of a mirror holds, by address. */
import type { NodeRegistry, ParamSetting } from '../../graph/index.js';
import { type AddressTable, addressTableOf, type Target, voiceAddresses } from '../control/index.js';
import type { EngineMirror } from './engine-link.js';
import { patchAsSet } from './voice-roster.js';

export class MirrorValues {
  /** The same object as long as no address has changed. */
  table: AddressTable = [];
  values: ReadonlyMap<string, ParamSetting> = new Map();
  /** The nodes and voices that `table` was made of. */
  private shape = '';

  constructor(private readonly registry: NodeRegistry) {}

  show(mirror: EngineMirror): void {
    const { playing, patches } = mirror.voices;
    const shape = JSON.stringify([
      mirror.patch.nodes.map(({ id, type }) => [id, type]),
      playing.map(({ id, presetName }) => [id, presetName]),
    ]);
    if (shape !== this.shape) {
      this.shape = shape;
      this.table = [
        ...addressTableOf(mirror.patch, this.registry),
        ...playing.flatMap(({ id, presetName }) => voiceAddresses(id, patches[presetName]!, this.registry)),
      ];
    }
    this.values = valuesOf(this.table, mirror);
  }
}

/** What every param of the table holds, by address. */
export function valuesOf(table: AddressTable, mirror: EngineMirror): ReadonlyMap<string, ParamSetting> {
  const params = new Map(mirror.patch.nodes.map((node) => [node.id, node.params]));
  for (const voice of mirror.voices.playing) {
    params.set(`${voice.id}/`, { gain: voice.gainDb });
    for (const node of patchAsSet(mirror.voices.patches[voice.presetName]!, voice.params).nodes)
      params.set(`${voice.id}/${node.id}`, node.params);
  }
  const values = new Map<string, ParamSetting>();
  for (const { address, target } of table) {
    const value = settingOf(target, mirror, params);
    if (value !== undefined) values.set(address, value);
  }
  return values;
}

function settingOf(
  target: Target,
  mirror: EngineMirror,
  params: ReadonlyMap<string, Readonly<Record<string, ParamSetting>> | undefined>,
): ParamSetting | undefined {
  if (target.kind === 'param') return params.get(target.nodeId)?.[target.name];
  if (target.kind !== 'master') return undefined;
  return target.name === 'gain' ? mirror.masterGainDb : mirror.muted;
}
